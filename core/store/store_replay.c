#include "core/store/store_replay.h"

#include "core/store/effect.h"
#include "core/store/functions.h"
#include "core/store/reply_error.h"
#include "core/store/store_handle.h"

struct replay {
    struct client *client;
    struct argument_list command;
    bool is_restore[STORE_PIPELINE]; /* of those under way, oldest first */
    size_t under_way;
    struct replay_result result;
};

static int judge(struct replay *replay, const struct reply *reply, bool is_restore)
{
    if (reply_kind(reply) == REPLY_ERROR) {
        int err = reply_error_read(reply_text(reply));
        /* Not now: the whole replay is tried again. Anything else would stay so for ever, and must not keep
         * everything behind it from being restored. */
        if (err == JALON_UNAVAILABLE || err == JALON_NOT_FOUND)
            return err;
        replay->result.refused++;
    } else if (is_restore) {
        replay->result.restored += reply_integer(reply) == 1;
        replay->result.conflicts += reply_integer(reply) == 2;
    }
    return JALON_OK;
}

static int take_answers(void *context)
{
    struct replay *replay = context;
    size_t count = replay->under_way;
    int result = JALON_OK;
    replay->under_way = 0;
    for (size_t i = 0; i < count; i++) {
        struct reply *reply;
        int err = client_receive(replay->client, &reply);
        if (err)
            return err;
        err = judge(replay, reply, replay->is_restore[i]);
        (void)reply_free(reply);
        /* After an error the rest is still taken: the connection goes on to be used. */
        if (!result)
            result = err;
    }
    return result;
}

static int send_effect(void *context, struct slice effect)
{
    struct replay *replay = context;
    argument_list_clear(&replay->command);
    if (effect_read(&replay->command, effect)) {
        replay->result.refused++;
        return JALON_OK;
    }
    int err = client_send(replay->client, &replay->command);
    if (err)
        return err;
    replay->is_restore[replay->under_way++] =
        replay->command.count > 1 &&
        slice_is(argument_list_at(&replay->command, 1), FUNCTION_RESTORE);
    return replay->under_way == STORE_PIPELINE ? take_answers(replay) : JALON_OK;
}

int store_replay(struct replay_result *ret_result, struct client *client, struct redo *redo,
                 struct slice run)
{
    struct replay replay = {.client = client};
    argument_list_init(&replay.command, STORE_COMMAND_MAX);
    int err = redo_replay(redo, run, send_effect, take_answers, &replay, replay.result.damage);
    argument_list_done(&replay.command);
    if (!err)
        *ret_result = replay.result;
    return err;
}
