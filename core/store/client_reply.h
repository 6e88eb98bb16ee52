/* client_reply.h - answers as hiredis reads them, for client_*.c only; what others see of them is in client.h. */
#ifndef STORE_CLIENT_REPLY_H
#define STORE_CLIENT_REPLY_H
#include "core/store/client.h"

#include <hiredis/hiredis.h>

/* By which a redisReader makes a struct reply of an answer; it takes a pointer to them. */
redisReplyObjectFunctions reply_functions(void);

/* Takes `reply`: as it is into *ret_reply, or an error reply as the error that reply_error_read() calls it. */
CHECKED int reply_unless_error(struct reply **ret_reply, struct reply *reply);
#endif
