/* embedded_server.h - the server program: which one, how it is configured and executed. */
#ifndef STORE_EMBEDDED_SERVER_H
#define STORE_EMBEDDED_SERVER_H
#include "core/store/folder.h"

struct embedded_server {
    char path[FOLDER_PATH_MAX]; /* of the program */
};

/* redis-server or valkey-server on the PATH (or where Debian puts them), version 7 or later.
 * JALON_UNAVAILABLE; ret_why is a sentence. */
CHECKED int embedded_server_find(struct embedded_server *ret_server, char ret_why[256]);

/* Writes its configuration into `folder` (DIR/store). */
CHECKED int embedded_server_configure(const char *folder);

/* Executes it in `folder`, as a session of its own with nothing of ours but the lock. JALON_IO, JALON_NO_MEMORY. */
CHECKED int embedded_server_run(int *ret_pid, const struct embedded_server *server,
                                const char *folder, int lock_fd);
#endif
