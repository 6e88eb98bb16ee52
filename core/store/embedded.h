/* embedded.h - the private redis-server of a data folder: on DIR/store/redis.sock, AOF on, under an exclusive lock
 * that the server process itself holds, so that two never share one folder. Life of a start: top of embedded.c. */
#ifndef STORE_EMBEDDED_H
#define STORE_EMBEDDED_H
#include "core/store/folder.h"

#define EMBEDDED_FOLDER "store" /* in the data folder */

/* The socket's path. It may be longer than connect() takes: open it by socket_path_open() (store_url.h). */
CHECKED int embedded_socket(char ret_path[FOLDER_PATH_MAX], const char *folder);

/* Starts redis-server (or valkey-server) unless one answers on the socket already, and waits until it answers PING
 * (its loading included) or timeout_ms passed. *ret_pid: the child started, 0 when one was adopted. It outlives
 * the caller, and has none of its descriptors, terminal and signals. Safe against other starters.
 * JALON_UNAVAILABLE; ret_why is a sentence (no redis-server installed, version under 7, the last line of
 * its log). */
CHECKED int embedded_start(int *ret_pid, const char *folder, unsigned timeout_ms,
                           char ret_why[256]);

/* Who uses the server counts as its user, by a shared lock on DIR/store/users that ret_fd holds. Waits, up to
 * timeout_ms, while the last user before is stopping the server. JALON_UNAVAILABLE, JALON_IO. */
CHECKED int embedded_enter(int *ret_fd, const char *folder, unsigned timeout_ms);
/* Ends that; is_stopper: stops the server when nobody else uses it. */
void embedded_leave(int fd, const char *folder, bool is_stopper);

/* The process that listens on the socket, whoever started it. JALON_NOT_FOUND when there is none. */
CHECKED int embedded_find(int *ret_pid, const char *folder);

/* Asks the server to save and stop, and waits for it (timeout_ms, then SIGKILL: the AOF keeps what it has). `pid`:
 * of embedded_start(), or of embedded_find() for an adopted one; 0 does nothing. */
void embedded_stop(int pid, const char *folder, unsigned timeout_ms);
#endif
