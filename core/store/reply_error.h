/* reply_error.h - what an error reply of Redis means for who sent the command. Plain text in: for the blocking
 * client and the asynchronous one alike. */
#ifndef STORE_REPLY_ERROR_H
#define STORE_REPLY_ERROR_H
#include "core/base/slice.h"

/* The text of an error reply, as JALON_...:
 *   NOT_FOUND     the function is not there (functions.h says what to do); nothing was carried out
 *   UNAVAILABLE   not now, or not this server: loading, busy, out of memory, a replica, a cluster in trouble;
 *                 nothing was carried out. Connect anew, wait, try again
 *   INVALID       wrong password or not allowed: a matter of configuration
 *   UNSUPPORTED   a command that this server does not know
 *   DAMAGED       a stored record that is none
 *   BAD_REPLY     everything else */
CHECKED int reply_error_read(struct slice text);
#endif
