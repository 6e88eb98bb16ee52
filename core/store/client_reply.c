#include "core/store/client_reply.h"

#include "core/store/reply_error.h"

#include <hiredis/hiredis.h>

static const redisReply *inner(const struct reply *reply)
{
    return (const redisReply *)(const void *)reply;
}

struct reply *reply_free(struct reply *reply)
{
    if (reply)
        freeReplyObject(reply);
    return NULL;
}

int reply_unless_error(struct reply **ret_reply, struct reply *reply)
{
    if (reply_kind(reply) == REPLY_ERROR) {
        int err = reply_error_read(reply_text(reply));
        (void)reply_free(reply);
        return err;
    }
    *ret_reply = reply;
    return JALON_OK;
}

enum reply_kind reply_kind(const struct reply *reply)
{
    switch (inner(reply)->type) {
    case REDIS_REPLY_ERROR:
        return REPLY_ERROR;
    case REDIS_REPLY_NIL:
        return REPLY_NIL;
    case REDIS_REPLY_INTEGER:
        return REPLY_INTEGER;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return REPLY_TEXT;
    case REDIS_REPLY_ARRAY:
        return REPLY_LIST;
    default:
        return REPLY_OTHER;
    }
}

int64_t reply_integer(const struct reply *reply)
{
    return reply_kind(reply) == REPLY_INTEGER ? inner(reply)->integer : 0;
}

struct slice reply_text(const struct reply *reply)
{
    bool is_text = reply_kind(reply) == REPLY_TEXT || reply_kind(reply) == REPLY_ERROR;
    return is_text ? slice_of(inner(reply)->str, (size_t)inner(reply)->len) : SLICE_NONE;
}

size_t reply_count(const struct reply *reply)
{
    return reply_kind(reply) == REPLY_LIST ? inner(reply)->elements : 0;
}

const struct reply *reply_at(const struct reply *reply, size_t index)
{
    return (const struct reply *)(const void *)inner(reply)->element[index];
}
