/* redo_file.h - the files of the redo log: names, header, entries. Format: top of redo_file.c. */
#ifndef STORE_REDO_FILE_H
#define STORE_REDO_FILE_H
#include "core/base/buffer.h"
#include "core/store/redo.h"

#define REDO_HEADER_BYTES 32
#define REDO_EFFECT_MAX (16U << 20)
#define REDO_FILE_MAX (64U << 20) /* more is read of none */

void redo_file_name(char ret_name[32], uint64_t number); /* "00000001.log" */
/* The numbers of the first and last file. JALON_NOT_FOUND when there is none, JALON_IO. */
CHECKED int redo_file_range(uint64_t *ret_first, uint64_t *ret_last, int folder_fd);

void redo_where(char ret_where[REDO_WHERE_MAX], uint64_t number,
                uint64_t offset); /* "file:offset" */

void redo_header_append(struct buffer *out, uint64_t number, int64_t created_ms);
int64_t redo_header_created_ms(const uint8_t header[REDO_HEADER_BYTES]); /* not checked */
/* Unsealed: its checksum waits for the place where it will stand. */
void redo_entry_append(struct buffer *out, const struct redo_entry *entry);
/* Seals all entries in `bytes`, which will stand at `offset` of file `number`. */
void redo_entries_seal(char *bytes, size_t size, uint64_t number, uint64_t offset);

/* Walks the entries of a file's bytes. */
struct redo_walk {
    struct slice file; /* the whole file */
    uint64_t number;
    size_t at;        /* of the next entry */
    size_t intact;    /* all before here was read; a tail behind it may be cut off */
    size_t damage_at; /* of the first damage among the entries; 0: none */
    bool is_header_intact;
};

void redo_walk_start(struct redo_walk *walk, struct slice file, uint64_t number, size_t at);
/* false at the end. Slices borrow from the file. */
bool redo_walk_next(struct redo_walk *walk, struct redo_entry *ret_entry);

/* Reads file `number` into `ret_content` (initialised here, ended by the caller). JALON_NOT_FOUND. */
CHECKED int redo_file_read(struct buffer *ret_content, int folder_fd, uint64_t number);
#endif
