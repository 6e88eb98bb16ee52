/* journal_folder.h - the files of an incarnation, by name. */
#ifndef STORE_JOURNAL_FOLDER_H
#define STORE_JOURNAL_FOLDER_H
#include "core/store/folder.h"
#include "core/store/journal_format.h"

/* DIR/journal/INCARNATION */
CHECKED int journal_folder_path(char ret_path[FOLDER_PATH_MAX], const char *folder,
                                uint64_t incarnation);
void journal_segment_name(char ret_name[32], uint64_t number); /* "00000007.seg" */

/* The least number of a segment that is there and not below `from`. JALON_NOT_FOUND, JALON_IO. */
CHECKED int journal_segment_find(uint64_t *ret_number, int folder_fd, uint64_t from);

/* When the oldest segment was made, ms since 1970; 0: that can't be told. */
int64_t journal_oldest_ms(int folder_fd);
CHECKED int journal_segment_header(struct journal_header *ret_header, int folder_fd,
                                   uint64_t number);
/* Opens, and locks as flock() does, an incarnation that nobody writes (LOCK_SH), nor reads (LOCK_EX). JALON_LOCKED. */
CHECKED int journal_open_dead(int *ret_fd, const char *folder, uint64_t incarnation, int lock);

/* The size that the segments were made with: by a header that is intact, else by the largest file. */
CHECKED int journal_segment_size(uint64_t *ret_bytes, int folder_fd, uint64_t incarnation);
#endif
