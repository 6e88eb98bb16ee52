/* ship_stream.c - see ship_stream.h.
 *
 * The store keeps, for each incarnation and partition, the offset up to which the journal was applied; a batch names the
 * offset it starts at and is refused when the store's is another. So a batch is applied once, whatever is
 * sent twice or arrives late, and its clicks are not kept here while it is on its way: they can be read again.
 *
 *   restart ──▶ asking ──all 16 answered──▶ reading ──refused, or an error──▶ settling ──no question open──▶ restart
 *
 * and from each of them: lost ──▶ away ──▶ restart.
 *
 *   asking    HGET of each partition's position. Reading starts at the least of them: further on than this stream thought
 *             (an answer was lost), or further back (the store lost its tail).
 *   reading   Entries go into their partition's batch, unless they lie before its `begin`: those the store has. A
 *             partition has one batch on its way at most; the next is filled meanwhile.
 *   settling  Nothing new is sent; what is on its way is heard out. So no position is asked for while a batch may still be
 *             applied by the server that is asked.
 *   away      A part of the store can't be reached: nothing new is sent.
 *
 * A position before the oldest byte that is kept is a gap: told to the store with the next batch, logged and counted. A partition
 * without clicks is moved on now and then by an empty batch, as its position, too, is where a restart begins. */
#include "redirector/ship_stream.h"

#include "core/registry/link_view.h"
#include "core/store/journal.h"
#include "core/store/reply_error.h"
#include "core/store/ship_batch.h"
#include "redirector/counters.h"
#include "redirector/log.h"
#include "redirector/store_nodes.h"
#include "redirector/worker.h"

#include <stdio.h>
#include <stdlib.h>

#define ENTRIES_A_TURN 1024
/* The more clicks a batch holds, the fewer increments and bytes each costs the store, so one waits until it is full, or for
 * as long as here since the one before it. Few clicks wait less: there is little to save. */
#define SMALL_BATCH 256
#define SMALL_WAIT_MS 250
#define LARGE_WAIT_MS 1000
#define MOVE_ON_MS 1000 /* how often partitions without clicks are */
#define ERROR_PAUSE_MS 1000
#define NO_ANSWER_PAUSE_MS 50 /* doubled each time, up to ERROR_PAUSE_MS */

enum stream_state { STREAM_AWAY, STREAM_ASKING, STREAM_READING, STREAM_SETTLING };

struct partition {
    struct ship_batch *batch;
    uint64_t stored;  /* what the store has, as last heard */
    uint64_t begin;   /* entries before it are in the store, or on their way, or in the batch */
    uint64_t sent_to; /* of the batch on its way, or lost on its way */
    uint64_t clicks, sent_clicks;
    int64_t sent_ms; /* when the last one with clicks was; monotonic */
    bool is_due;     /* full, or what others may ask for: not to wait */
    bool is_sent;    /* a question is open */
    bool is_known;   /* while asking: answered */
    int64_t
        gap_ms; /* not 0: what lies before `stored`, which was written then, and is not in the store is lost */
};

struct ship_stream {
    struct ship_stream_options options;
    struct journal_reader *reader;
    enum stream_state state;
    struct partition partitions[SCHEMA_PARTITIONS];
    uint64_t scan;             /* entries before it were read */
    struct journal_entry held; /* read, and its batch is full */
    bool has_held;
    bool is_at_end;
    bool has_moved;     /* since it was opened, the store took something */
    bool is_stuck;      /* the journal can't be read on, and that was told */
    uint64_t end_read;  /* of our own journal: its end as it was when all before it had been read */
    unsigned open;      /* questions */
    uint64_t caught_up; /* all before it was in the store, as far as is known */
    int64_t moved_on_ms;   /* partitions without clicks; monotonic */
    int64_t not_before_ms; /* after an error; monotonic */
    unsigned pause_ms; /* after the last question without an answer; 0: none since a batch was */
    char incarnation[LINK_ID_TEXT + 1];
};

int ship_stream_new(struct ship_stream **ret_stream, const struct ship_stream_options *options)
{
    struct ship_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return JALON_NO_MEMORY;
    stream->options = *options;
    link_id_format(stream->incarnation, options->incarnation); /* 16 hex digits, too */
    int err = journal_reader_open(&stream->reader, options->folder, options->incarnation);
    for (unsigned i = 0; !err && i < SCHEMA_PARTITIONS; i++)
        err = ship_batch_new(&stream->partitions[i].batch, i, options->incarnation);
    if (err) {
        ship_stream_free(stream);
        return err;
    }
    *ret_stream = stream;
    return JALON_OK;
}

struct ship_stream *ship_stream_free(struct ship_stream *stream)
{
    if (!stream)
        return NULL;
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++)
        ship_batch_free(stream->partitions[i].batch);
    journal_reader_free(stream->reader);
    free(stream);
    return NULL;
}

static int64_t now_of(const struct ship_stream *stream)
{
    return stream->options.worker->monotonic_ms;
}

static struct counters *counters_of(const struct ship_stream *stream)
{
    return stream->options.worker->counters;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Up to where this partition's entries are in the store, on their way or in its batch. */
static uint64_t covered(const struct ship_stream *stream, const struct partition *partition)
{
    return larger(partition->begin, stream->scan);
}

bool ship_stream_is_quiet(const struct ship_stream *stream)
{
    return stream->open == 0;
}

/* asking */

/* What the store lacks and the journal has no more: told, and stepped over. */
static void find_gaps(struct ship_stream *stream)
{
    uint64_t first = journal_reader_first(stream->reader), least = first;
    int64_t first_ms = journal_reader_first_ms(stream->reader);
    unsigned count = 0;
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++) {
        struct partition *partition = &stream->partitions[i];
        partition->gap_ms = 0;
        if (partition->stored >= first)
            continue;
        if (partition->stored < least)
            least = partition->stored;
        partition->stored = first;
        partition->gap_ms = first_ms > 0 ? first_ms : stream->options.worker->now_ms;
        count++;
    }
    if (count == 0)
        return;
    log_error("journal %s: the store asks for %u partitions from byte %llu on, kept is only from "
              "%llu: the clicks between are lost",
              stream->incarnation, count, (unsigned long long)least, (unsigned long long)first);
    counter_add(counters_of(stream), ship_gaps, count);
}

static void start_reading(struct ship_stream *stream)
{
    uint64_t least = UINT64_MAX;
    find_gaps(stream);
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++) {
        struct partition *partition = &stream->partitions[i];
        partition->begin = partition->stored;
        partition->clicks = 0;
        partition->is_due = false;
        ship_batch_clear(partition->batch);
        if (partition->stored < least)
            least = partition->stored;
    }
    stream->scan = least;
    stream->caught_up = 0;
    stream->has_held = false;
    stream->is_at_end = false;
    stream->end_read = 0;
    if (journal_reader_seek(stream->reader, least) != JALON_OK) {
        stream->state = STREAM_SETTLING; /* a segment went away meanwhile: ask again */
        stream->not_before_ms = now_of(stream) + ERROR_PAUSE_MS;
        return;
    }
    stream->state = STREAM_READING;
}

static void settle(struct ship_stream *stream, unsigned pause_ms)
{
    stream->state = STREAM_SETTLING;
    stream->not_before_ms = now_of(stream) + pause_ms;
}

/* Nobody knows whether it was carried out; when the store is away, what comes next is a restart. */
static void take_silence(struct ship_stream *stream)
{
    if (stream->state == STREAM_AWAY)
        return;
    unsigned pause = stream->pause_ms ? stream->pause_ms * 2 : NO_ANSWER_PAUSE_MS;
    stream->pause_ms = pause < ERROR_PAUSE_MS ? pause : ERROR_PAUSE_MS;
    settle(stream, stream->pause_ms);
}

/* An error reply, or one that makes no sense. */
static void take_error(struct ship_stream *stream, const struct partition *partition,
                       const struct redis_reply *reply)
{
    struct slice text = redis_reply_text(reply);
    int err = redis_reply_kind(reply) == REDIS_ERROR ? reply_error_read(text) : JALON_BAD_REPLY;
    if (stream->state != STREAM_SETTLING) { /* once for all that were on their way together */
        if (err == JALON_NOT_FOUND)
            stream->options.lacks_functions(stream->options.context,
                                            (unsigned)(partition - stream->partitions));
        else
            log_warn("journal %s: the store does not take clicks: %.*s", stream->incarnation,
                     (int)(text.size < 200 ? text.size : 200), text.size ? text.data : "");
    }
    settle(stream, err == JALON_NOT_FOUND ? 0 : ERROR_PAUSE_MS);
}

static void take_position(struct ship_stream *stream, struct partition *partition,
                          const struct redis_reply *reply)
{
    uint64_t position = 0;
    if (redis_reply_kind(reply) != REDIS_NIL &&
        slice_to_u64(&position, redis_reply_text(reply), UINT64_MAX) != JALON_OK) {
        take_error(stream, partition, reply);
        return;
    }
    if (partition->sent_to != 0 && position == partition->sent_to) /* its answer was lost */
        counter_add(counters_of(stream), shipped_clicks, partition->sent_clicks);
    partition->sent_to = 0;
    partition->stored = position;
    partition->is_known = true;
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++)
        if (!stream->partitions[i].is_known)
            return;
    start_reading(stream);
}

static struct partition *heard(struct ship_stream *stream, uint64_t tag)
{
    struct partition *partition = &stream->partitions[tag];
    partition->is_sent = false;
    stream->open--;
    return partition;
}

static void hear_position(void *context, uint64_t tag, const struct redis_reply *reply)
{
    struct ship_stream *stream = context;
    struct partition *partition = heard(stream, tag);
    if (!reply)
        take_silence(stream);
    else if (stream->state == STREAM_ASKING)
        take_position(stream, partition, reply);
    stream->options.wanted(stream->options.context);
}

void ship_stream_restart(struct ship_stream *stream)
{
    if (stream->open > 0) {
        settle(stream, 0);
        return;
    }
    stream->state = STREAM_ASKING;
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++) {
        struct partition *partition = &stream->partitions[i];
        struct key key = key_positions(i);
        const char *argv[] = {"HGET", key.text, stream->incarnation};
        partition->is_known = false;
        if (store_nodes_send(stream->options.nodes, i, 3, argv, NULL, hear_position, stream, i) !=
            JALON_OK) {
            settle(stream, ERROR_PAUSE_MS);
            return;
        }
        partition->is_sent = true;
        stream->open++;
    }
}

void ship_stream_lost(struct ship_stream *stream)
{
    stream->state = STREAM_AWAY;
}

/* sending */

static int read_ship_reply(struct ship_reply *ret_reply, const struct redis_reply *reply)
{
    long long values[3];
    size_t count = redis_reply_count(reply);
    if (count != sizeof values / sizeof *values)
        return JALON_BAD_REPLY;
    for (size_t i = 0; i < count; i++)
        values[i] = redis_reply_number(redis_reply_at(reply, i));
    return ship_reply_read(ret_reply, values, count);
}

static void take_applied(struct ship_stream *stream, struct partition *partition,
                         const struct ship_reply *applied)
{
    if (applied->failures)
        log_error("journal %s: %llu keys of the store are of a wrong type, their counts are lost: "
                  "something else writes to it",
                  stream->incarnation, (unsigned long long)applied->failures);
    partition->stored = applied->position;
    partition->sent_to = 0;
    partition->gap_ms = 0;
    stream->pause_ms = 0;
    counter_add(counters_of(stream), shipped_clicks, partition->sent_clicks);
    counter_add(counters_of(stream), ship_batches, 1);
    stream->has_moved = true;
}

static void take_answer(struct ship_stream *stream, struct partition *partition,
                        const struct redis_reply *reply)
{
    struct ship_reply answer;
    if (read_ship_reply(&answer, reply) != JALON_OK) {
        take_error(stream, partition, reply);
    } else if (answer.is_applied) {
        take_applied(stream, partition, &answer);
    } else {
        counter_add(counters_of(stream), ship_refused, 1);
        settle(stream, 0);
    }
}

static void hear_shipped(void *context, uint64_t tag, const struct redis_reply *reply)
{
    struct ship_stream *stream = context;
    struct partition *partition = heard(stream, tag);
    if (!reply)
        take_silence(stream);
    else
        take_answer(stream, partition, reply);
    stream->options.wanted(stream->options.context);
}

static void send_batch(struct ship_stream *stream, unsigned index)
{
    struct partition *partition = &stream->partitions[index];
    uint64_t to = covered(stream, partition);
    int argc;
    const char **argv;
    const size_t *sizes;
    int err = ship_batch_command(partition->batch, partition->stored, to, partition->gap_ms,
                                 stream->options.worker->now_ms, &argc, &argv, &sizes);
    if (!err)
        err = store_nodes_send_once(stream->options.nodes, index, argc, argv, sizes, hear_shipped,
                                    stream, index);
    if (err) {
        settle(stream, ERROR_PAUSE_MS);
        return;
    }
    partition->is_sent = true;
    stream->open++;
    partition->sent_to = to;
    partition->sent_clicks = partition->clicks;
    partition->begin = to;
    partition->clicks = 0;
    partition->is_due = false;
    if (ship_batch_count(partition->batch) > 0)
        partition->sent_ms = now_of(stream);
    ship_batch_clear(partition->batch);
}

/* A full batch goes when it can, a smaller one when it has waited; an empty one when it is time to move its partition
 * on. Behind the end of a dead journal nothing comes that could be waited for. */
static bool is_worth_sending(const struct ship_stream *stream, const struct partition *partition,
                             bool is_moving_on, bool is_draining)
{
    size_t count = ship_batch_count(partition->batch);
    if (count == 0)
        return is_moving_on && covered(stream, partition) > partition->stored;
    bool is_last = stream->is_at_end && (is_draining || !stream->options.journal);
    int64_t wait_ms = count < SMALL_BATCH ? SMALL_WAIT_MS : LARGE_WAIT_MS;
    return partition->is_due || is_last || stream->is_stuck ||
           now_of(stream) - partition->sent_ms >= wait_ms;
}

static bool is_time_to_move_on(struct ship_stream *stream, bool is_draining)
{
    if (now_of(stream) - stream->moved_on_ms < MOVE_ON_MS &&
        !(stream->is_at_end && (is_draining || !stream->options.journal)))
        return false;
    stream->moved_on_ms = now_of(stream);
    return true;
}

/* One with clicks a turn: to put together thousands takes a millisecond, for which clients wait. True: there is more to
 * send now. What was read before a place that can't be read goes at once, as a pause follows. */
static bool send_batches(struct ship_stream *stream, bool is_draining)
{
    bool is_moving_on = is_time_to_move_on(stream, is_draining);
    bool has_sent = false, has_more = false;
    for (unsigned i = 0; i < SCHEMA_PARTITIONS && stream->state == STREAM_READING; i++) {
        const struct partition *partition = &stream->partitions[i];
        if (partition->is_sent || !is_worth_sending(stream, partition, is_moving_on, is_draining))
            continue;
        bool has_clicks = ship_batch_count(partition->batch) > 0;
        if (has_clicks && has_sent && !stream->is_stuck) {
            has_more = true;
            continue;
        }
        send_batch(stream, i);
        has_sent |= has_clicks;
    }
    return has_more;
}

/* reading */

static int add_link(struct ship_stream *stream, struct slice payload, uint64_t offset)
{
    if (payload.size < 8)
        return JALON_DAMAGED;
    uint64_t link_id = 0;
    for (unsigned i = 0; i < 8; i++)
        link_id |= (uint64_t)(uint8_t)payload.data[i] << 8 * i;
    struct partition *partition = &stream->partitions[schema_partition(link_id)];
    if (offset < partition->begin)
        return JALON_OK;
    struct slice json = slice_from(payload, 8);
    struct link_view view;
    int err = link_view_read(&view, json);
    if (err)
        return err;
    err = ship_batch_add_link(partition->batch, link_id, view.campaign, json);
    link_view_done(&view);
    partition->is_due = true; /* whoever was given a click id of it may come with an order */
    return err;
}

static int add_click(struct ship_stream *stream, struct slice payload, uint64_t offset)
{
    struct click_record click;
    int err = click_record_read(&click, payload);
    if (err)
        return err;
    struct partition *partition = &stream->partitions[schema_partition(click.link_id)];
    if (offset < partition->begin)
        return JALON_OK;
    err = ship_batch_add_click(partition->batch, &click);
    if (!err)
        partition->clicks++;
    else
        partition->is_due = true;
    return err;
}

static void tell_damage(struct ship_stream *stream, const char *where)
{
    log_error("journal damaged at %s: intact clicks behind it are shipped", where);
    counter_add(counters_of(stream), journal_damage, 1);
}

/* Takes the entry into its batch; false when that is full. */
static bool take_entry(struct ship_stream *stream, const struct journal_entry *entry)
{
    int err = entry->kind == JOURNAL_CLICK  ? add_click(stream, entry->payload, entry->offset)
              : entry->kind == JOURNAL_LINK ? add_link(stream, entry->payload, entry->offset)
                                            : JALON_DAMAGED;
    if (err == JALON_FULL || err == JALON_NO_MEMORY)
        return false;
    if (err)
        tell_damage(stream, journal_reader_where(stream->reader, entry->offset));
    stream->scan = entry->next;
    return true;
}

/* The end, for now or for good; or a journal that can't be read now: its end is not known then. */
static int take_end(struct ship_stream *stream, int err, uint64_t end)
{
    stream->is_at_end = err == JALON_NOT_FOUND;
    if (stream->is_at_end) {
        stream->end_read = end;
        stream->is_stuck = false;
        /* To where a mark will stand for all of it: journal_retire(). */
        if (!stream->options.journal)
            stream->scan = larger(stream->scan, journal_reader_end(stream->reader));
        return JALON_OK;
    }
    if (!stream->is_stuck)
        log_error("journal %s can't be read: %s", stream->incarnation, jalon_error_text(err));
    stream->is_stuck = true;
    return err;
}

static int read_entries(struct ship_stream *stream)
{
    const struct journal *journal = stream->options.journal;
    uint64_t end = journal ? journal_end(journal) : UINT64_MAX;
    stream->is_at_end = false;
    for (unsigned left = ENTRIES_A_TURN; left > 0; left--) {
        if (!stream->has_held) {
            if (stream->scan >= end) { /* known without a look at the file */
                return take_end(stream, JALON_NOT_FOUND, end);
            }
            const char *where;
            int err = journal_reader_next(stream->reader, &stream->held, &where);
            if (err == JALON_DAMAGED) {
                tell_damage(stream, where);
                continue;
            }
            if (err)
                return take_end(stream, err, end);
        }
        stream->has_held = !take_entry(stream, &stream->held);
        if (stream->has_held)
            return JALON_OK;
    }
    return JALON_OK;
}

bool ship_stream_turn(struct ship_stream *stream, bool is_draining)
{
    if (stream->state == STREAM_SETTLING && stream->open == 0 &&
        now_of(stream) >= stream->not_before_ms)
        ship_stream_restart(stream);
    if (stream->state != STREAM_READING)
        return false;
    int err = read_entries(stream);
    bool has_more = send_batches(stream, is_draining); /* what was read before an error, too */
    if (err)
        settle(stream, ERROR_PAUSE_MS);
    return stream->state == STREAM_READING &&
           (has_more || (!stream->is_at_end && !stream->has_held));
}

bool ship_stream_has_moved(const struct ship_stream *stream)
{
    return stream->has_moved;
}

bool ship_stream_is_done(const struct ship_stream *stream)
{
    return stream->state == STREAM_READING && stream->is_at_end &&
           ship_stream_stored(stream) >= stream->scan;
}

uint64_t ship_stream_stored(const struct ship_stream *stream)
{
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++)
        if (stream->partitions[i].stored < least)
            least = stream->partitions[i].stored;
    return least;
}

bool ship_stream_is_known(const struct ship_stream *stream)
{
    return stream->state == STREAM_READING;
}

/* Is every click that was read in the store, and was the end reached? */
static bool is_idle(const struct ship_stream *stream)
{
    for (unsigned i = 0; i < SCHEMA_PARTITIONS; i++) {
        const struct partition *partition = &stream->partitions[i];
        if (partition->is_sent || ship_batch_count(partition->batch) > 0)
            return false;
    }
    return stream->state == STREAM_READING && stream->is_at_end;
}

uint64_t ship_stream_lag(struct ship_stream *stream, uint64_t end)
{
    if (is_idle(stream) && stream->end_read >= end) /* it may have grown since it was read */
        stream->caught_up = end;
    return end - larger(stream->caught_up, ship_stream_stored(stream));
}
