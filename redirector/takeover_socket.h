/* takeover_socket.h - DIR/jalond.sock: who may connect to it, and messages with descriptors through it. Nothing here
 * waits. */
#ifndef REDIRECTOR_TAKEOVER_SOCKET_H
#define REDIRECTOR_TAKEOVER_SOCKET_H
#include "redirector/takeover_message.h"

/* Makes it, mode 0600, under a name of this process's own. JALON_IO, JALON_TOO_LONG. */
CHECKED int takeover_socket_listen(int *ret_fd, const char *folder);
/* Gives it its name, which another one may have had: only for who holds the folder's lock. JALON_IO. */
CHECKED int takeover_socket_publish(const char *folder);
void takeover_socket_remove(const char *folder); /* likewise */
/* What a process made that did not come to publish it. */
void takeover_socket_remove_new(const char *folder, int pid);

/* *ret_pid: who connected. JALON_NOT_FOUND: nobody is there, or a user that is neither ours nor root. */
CHECKED int takeover_socket_accept(int *ret_fd, int *ret_pid, int listen_fd);
/* JALON_NOT_FOUND: nobody listens. JALON_IO; JALON_LOCKED: a user that is neither ours nor root does, or too many are
 * waiting. */
CHECKED int takeover_socket_connect(int *ret_fd, const char *folder);

/* JALON_UNAVAILABLE: the other side is gone, or does not read. */
CHECKED int takeover_send(int fd, const struct takeover_message *message, const int *fds,
                          size_t fd_count);
/* What is there. The descriptors are the caller's, close-on-exec. JALON_NOT_FOUND: nothing yet. JALON_UNAVAILABLE: the other
 * side is gone. JALON_MALFORMED, JALON_UNSUPPORTED: *ret_count is 0. */
CHECKED int takeover_receive(struct takeover_message *ret_message, int ret_fds[TAKEOVER_FDS_MAX],
                             size_t *ret_count, int fd);
#endif
