/* sealed.h - what is sealed, counted by Redis itself. */
#ifndef TESTS_STORE_SEALED_H
#define TESTS_STORE_SEALED_H
#include "core/store/client.h"

/* Visitors of the field `day` of a block; 0 where it is not there, -1 when Redis can't say. */
static inline int64_t sealed_count(struct client *client, const char *block, const char *day)
{
    struct reply *reply;
    if (client_say(client, &reply, "EVAL",
                   "local value = redis.call('HGET', KEYS[1], ARGV[1]) "
                   "if not value then return 0 end "
                   "redis.call('SET', 't', value) "
                   "local count = redis.call('PFCOUNT', 't') "
                   "redis.call('DEL', 't') "
                   "return count",
                   "1", block, day, NULL) != JALON_OK)
        return -1;
    int64_t count = reply_integer(reply);
    reply_free(reply);
    return count;
}
#endif
