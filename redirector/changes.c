#include "redirector/changes.h"

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/store/schema.h"
#include "redirector/store_nodes.h"
#include "redirector/worker.h"

#include <stdio.h>
#include <stdlib.h>

#define BEAT_MS 1000
#define SILENCE_MS 4000
#define CHANGES_TIMEOUT_MS 5000
#define CHANGES_PAUSE_MS 2000
#define BEATS 8 /* on their way at a time: more than fit into SILENCE_MS */

struct changes {
    struct changes_options options;
    struct redis *redis;
    char beat[sizeof "jalon:beat:" + 16]; /* a channel of our own */
    const char *channels[2];
    int64_t beat_at_ms;
    unsigned beat_count;
    int64_t awaited_ms
        [BEATS]; /* by number of the beat: when it was said, if it was not heard yet; else 0 */
    unsigned attempts;
};

void changes_read(const struct changes_options *options, struct slice text)
{
    struct slice kind = slice_take(&text, ' ');
    uint64_t link_id;
    if (slice_is(kind, "link") && link_id_parse(&link_id, text) == JALON_OK)
        options->link_changed(options->context, link_id);
    else if (slice_is(kind, "campaign") && text.size)
        options->campaign_changed(options->context, text);
}

static void hear_beat(struct changes *changes, struct slice text)
{
    uint64_t number;
    if (slice_to_u64(&number, text, UINT32_MAX) == JALON_OK)
        changes->awaited_ms[number % BEATS] = 0;
}

static void hear_message(void *context, struct slice channel, struct slice text)
{
    struct changes *changes = context;
    if (slice_is(channel, SCHEMA_CHANGED_CHANNEL))
        changes_read(&changes->options, text);
    else
        hear_beat(changes, text);
}

static void hear_connected(void *context)
{
    struct changes *changes = context;
    memset(changes->awaited_ms, 0, sizeof changes->awaited_ms);
    changes->options.renewed(changes->options.context);
}

static void hear_lost(void *context)
{
    (void)context; /* what it says next is hear_connected(), which makes up for it */
}

static int find_address(void *context, struct redis_address *ret_address)
{
    struct changes *changes = context;
    return store_nodes_find_any(changes->options.nodes, changes->attempts++, ret_address);
}

static int name_beat(struct changes *changes)
{
    uint8_t bytes[8];
    int err = random_bytes(bytes, sizeof bytes);
    if (err)
        return err;
    static const char prefix[] = "jalon:beat:";
    memcpy(changes->beat, prefix, sizeof prefix - 1);
    hex_encode(changes->beat + sizeof prefix - 1, slice_of(bytes, sizeof bytes));
    changes->channels[0] = SCHEMA_CHANGED_CHANNEL;
    changes->channels[1] = changes->beat;
    return JALON_OK;
}

int changes_new(struct changes **ret_changes, const struct changes_options *options)
{
    struct changes *changes = calloc(1, sizeof *changes);
    if (!changes)
        return JALON_NO_MEMORY;
    changes->options = *options;
    struct redis_options redis = {.worker = options->worker,
                                  .name = "changes",
                                  .channels = changes->channels,
                                  .channel_count = 2,
                                  .timeout_ms = CHANGES_TIMEOUT_MS,
                                  .pause_ms = CHANGES_PAUSE_MS,
                                  .find_address = find_address,
                                  .connected = hear_connected,
                                  .lost = hear_lost,
                                  .message = hear_message,
                                  .context = changes};
    int err = name_beat(changes);
    if (!err)
        err = redis_new(&changes->redis, &redis);
    if (err) {
        free(changes);
        return err;
    }
    *ret_changes = changes;
    return JALON_OK;
}

struct changes *changes_free(struct changes *changes)
{
    if (!changes)
        return NULL;
    redis_free(changes->redis);
    free(changes);
    return NULL;
}

/* A beat that was not said is not waited for: its silence proves nothing. */
static void hear_published(void *context, uint64_t tag, const struct redis_reply *reply)
{
    struct changes *changes = context;
    if (!reply || redis_reply_kind(reply) != REDIS_NUMBER)
        changes->awaited_ms[tag % BEATS] = 0;
}

static void say_beat(struct changes *changes, int64_t now)
{
    unsigned number = changes->beat_count++;
    char text[16];
    (void)snprintf(text, sizeof text, "%u", number); /* fits */
    const char *argv[] = {"PUBLISH", changes->beat, text};
    changes->beat_at_ms = now + BEAT_MS;
    if (store_nodes_send_any(changes->options.nodes, number, 3, argv, hear_published, changes,
                             number) == JALON_OK)
        changes->awaited_ms[number % BEATS] = now;
}

static bool is_silent(const struct changes *changes, int64_t now)
{
    for (unsigned i = 0; i < BEATS; i++)
        if (changes->awaited_ms[i] && now - changes->awaited_ms[i] > SILENCE_MS)
            return true;
    return false;
}

void changes_tick(struct changes *changes)
{
    int64_t now = changes->options.worker->monotonic_ms;
    redis_tick(changes->redis);
    if (!redis_is_connected(changes->redis))
        return;
    if (is_silent(changes, now))
        redis_break(changes->redis, "it has fallen silent");
    else if (now >= changes->beat_at_ms)
        say_beat(changes, now);
}
