/* redo_rewrite.h - the files of the redo log without some of their entries, for redo.c only. */
#ifndef STORE_REDO_REWRITE_H
#define STORE_REDO_REWRITE_H
#include "core/store/redo.h"

/* Under the log's lock. `folder` is DIR/redo, `folder_fd` the same. JALON_IO. */
CHECKED int redo_files_rewrite(const char *folder, int folder_fd, redo_drop *drop, void *context);
#endif
