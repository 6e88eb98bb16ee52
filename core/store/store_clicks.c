/* store_clicks.c - how often links were clicked, in two hashes. That of a link's days has fields DAY:CLASS; that of its quarter-hours,
 * one for each block of days, DAY:QUARTER:CLASS, 0 to 95. What is sealed (store_seal.h) stands in the same hashes, so that no reader
 * misses it or finds it twice: the days of a block in a field BLOCK, its first day, the quarter-hours of a day in a field DAY. Their
 * value has, slot by slot, two varints (7 bits a byte, least first, the top bit: more follow): slot and clicks, where
 * the slot is 8 x (day - BLOCK) + class, and 8 x quarter + class.
 *
 * Of a day up to sealed_until all is sealed; of a later one some may be, and counts together with the rest. */
#include "core/base/array.h"
#include "core/store/store_many.h"

#include <inttypes.h>
#include <stdlib.h>

#define LINKS_A_PIECE 12  /* a sealed year is some 5 KB */
#define BLOCKS_A_PIECE 32 /* a KB or two each */
#define NAMED_A_PIECE 64  /* some days' */
#define DAYS_BY_NAME 7    /* for more of them the whole block costs less */
#define QUARTERS_A_DAY 96
#define CLASS_BITS 3

struct many_days {
    struct many many;
    const uint64_t *link_ids;
    int32_t first, last;
    const char *fields; /* with a space between them; "": all */
    day_visit *visit;
    void *context;
};

static const struct many_days *days_of(const struct many *many)
{
    return (const struct many_days *)many; /* its first member */
}

static void ask_days(const struct many *many, size_t index, struct store *store)
{
    const struct many_days *days = days_of(many);
    struct slice fields = slice_of_string(days->fields);
    struct key key = key_days(days->link_ids[index]);
    struct argument_list *command = store_command(store, fields.size ? "HMGET" : "HGETALL");
    argument_list_add(command, key_slice(&key));
    while (fields.size)
        argument_list_add(command, slice_take(&fields, ' '));
}

static int visit_clicks(const struct many_days *days, size_t index, int32_t day,
                        enum click_class class, uint64_t count)
{
    return day < days->first || day > days->last
               ? JALON_OK
               : days->visit(days->context, index, day, class, (int64_t)count);
}

static int take_varint(struct slice *bytes, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (unsigned shift = 0; bytes->size && shift < 63; shift += 7) {
        uint8_t byte = (uint8_t)bytes->data[0];
        *bytes = slice_from(*bytes, 1);
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *ret_number = number;
            return JALON_OK;
        }
    }
    return JALON_DAMAGED;
}

struct sealed_clicks {
    unsigned number; /* of the day in its block, or of the quarter-hour in its day */
    enum click_class class;
    uint64_t count;
};

/* Takes one slot off *bytes. */
static int take_sealed(struct sealed_clicks *clicks, struct slice *bytes, unsigned numbers)
{
    uint64_t slot;
    int err = take_varint(bytes, &slot);
    if (!err)
        err = take_varint(bytes, &clicks->count);
    if (err)
        return err;
    unsigned class = slot & ((1U << CLASS_BITS) - 1);
    if (slot >> CLASS_BITS >= numbers || class == 0 || class > CLICK_CLASS_MAX)
        return JALON_DAMAGED;
    clicks->number = (unsigned)(slot >> CLASS_BITS);
    clicks->class = (enum click_class) class;
    return JALON_OK;
}

static int visit_block(const struct many_days *days, size_t index, struct slice field,
                       struct slice bytes)
{
    uint64_t block;
    int err = slice_to_u64(&block, field, STORE_DAY_MAX) ? JALON_DAMAGED : JALON_OK;
    while (!err && bytes.size) {
        struct sealed_clicks clicks;
        err = take_sealed(&clicks, &bytes, SCHEMA_BLOCK_DAYS);
        if (!err)
            err = visit_clicks(days, index, (int32_t)(block + clicks.number), clicks.class,
                               clicks.count);
    }
    return err;
}

static int read_counter(enum click_class *ret_class, uint64_t *ret_count, struct slice letter,
                        struct slice value)
{
    int class = letter.size == 1 ? click_class_of_letter(letter.data[0]) : 0;
    *ret_class = (enum click_class) class;
    return class && !slice_to_u64(ret_count, value, INT64_MAX) ? JALON_OK : JALON_DAMAGED;
}

static int visit_day(const struct many_days *days, size_t index, struct slice field,
                     struct slice value)
{
    struct slice digits = slice_take(&field, ':');
    uint64_t day, count;
    enum click_class class;
    if (!field.size)
        return visit_block(days, index, digits, value);
    int err = slice_to_u64(&day, digits, STORE_DAY_MAX) ? JALON_DAMAGED : JALON_OK;
    if (!err)
        err = read_counter(&class, &count, field, value);
    return err ? err : visit_clicks(days, index, (int32_t)day, class, count);
}

static int visit_named_days(const struct many_days *days, size_t index, const struct reply *reply)
{
    struct slice fields = slice_of_string(days->fields);
    int err = JALON_OK;
    for (size_t i = 0; !err && i < reply_count(reply); i++) {
        struct slice field = slice_take(&fields, ' ');
        if (reply_kind(reply_at(reply, i)) != REPLY_NIL)
            err = visit_day(days, index, field, reply_text(reply_at(reply, i)));
    }
    return err;
}

static int visit_days(const struct many *many, size_t index, const struct reply *reply)
{
    const struct many_days *days = days_of(many);
    int err = store_check(reply, REPLY_LIST);
    if (!err && *days->fields)
        return visit_named_days(days, index, reply);
    for (size_t i = 0; !err && i + 2 <= reply_count(reply); i += 2)
        err = visit_day(days, index, reply_text(reply_at(reply, i)),
                        reply_text(reply_at(reply, i + 1)));
    return err;
}

static int name_days(struct buffer *fields, int32_t first, int32_t last)
{
    for (int32_t block = schema_block(first); block <= last; block += SCHEMA_BLOCK_DAYS)
        buffer_printf(fields, "%s%" PRId32, fields->size ? " " : "", block);
    for (int32_t day = first; day <= last; day++)
        for (int class = 1; class <= CLICK_CLASS_MAX; class ++)
            buffer_printf(fields, " %" PRId32 ":%c", day,
                          click_class_letter((enum click_class) class));
    return buffer_error(fields);
}

int store_days_each(struct store *store, const uint64_t *link_ids, size_t count, int32_t first,
                    int32_t last, day_visit *visit, void *context)
{
    char memory[(STORE_FEW_DAYS * CLICK_CLASS_MAX + 2) * 16];
    struct buffer fields;
    buffer_over(&fields, memory, sizeof memory);
    int err = last - first < STORE_FEW_DAYS ? name_days(&fields, first, last) : JALON_OK;
    struct many_days days = {
        .many = {count, LINKS_A_PIECE, ask_days, visit_days},
        .link_ids = link_ids,
        .first = first,
        .last = last,
        .fields = buffer_string(&fields),
        .visit = visit,
        .context = context,
    };
    return err ? err : store_many(store, &days.many);
}

struct command {         /* for some days of a link and block */
    size_t first, count; /* in the caller's days */
    bool is_named;       /* they are sealed, and few: their fields; else the whole block */
};

struct many_quarters {
    struct many many;
    const struct day_of_link *days;
    struct command *commands;
    size_t capacity;
    quarter_visit *visit;
    void *context;
};

static const struct many_quarters *quarters_of(const struct many *many)
{
    return (const struct many_quarters *)many; /* its first member */
}

static void ask_quarters(const struct many *many, size_t index, struct store *store)
{
    const struct command *command = &quarters_of(many)->commands[index];
    const struct day_of_link *days = quarters_of(many)->days + command->first;
    struct key key = key_quarter_hours(days->link_id, days->day);
    struct argument_list *list = store_command(store, command->is_named ? "HMGET" : "HGETALL");
    argument_list_add(list, key_slice(&key));
    for (size_t i = 0; command->is_named && i < command->count; i++)
        argument_list_add_u64(list, (uint64_t)days[i].day);
}

static int visit_sealed_day(const struct many_quarters *quarters, size_t index, struct slice bytes)
{
    int err = JALON_OK;
    while (!err && bytes.size) {
        struct sealed_clicks clicks;
        err = take_sealed(&clicks, &bytes, QUARTERS_A_DAY);
        if (!err)
            err = quarters->visit(quarters->context, index, clicks.number, clicks.class,
                                  (int64_t)clicks.count);
    }
    return err;
}

/* QUARTER:CLASS, what is left of a field behind its day. */
static int visit_quarter(const struct many_quarters *quarters, size_t index, struct slice field,
                         struct slice value)
{
    struct slice digits = slice_take(&field, ':');
    uint64_t quarter, count;
    enum click_class class;
    int err = slice_to_u64(&quarter, digits, QUARTERS_A_DAY - 1) ? JALON_DAMAGED : JALON_OK;
    if (!err)
        err = read_counter(&class, &count, field, value);
    return err ? err
               : quarters->visit(quarters->context, index, (unsigned)quarter, class,
                                 (int64_t)count);
}

/* The first of the command's days that is not before `day`; they ascend. */
static size_t find_day(const struct many_quarters *quarters, const struct command *command,
                       uint64_t day)
{
    size_t low = command->first, high = low + command->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uint64_t)quarters->days[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int visit_whole(const struct many_quarters *quarters, const struct command *command,
                       const struct reply *reply)
{
    size_t end = command->first + command->count;
    int err = JALON_OK;
    for (size_t i = 0; !err && i + 2 <= reply_count(reply); i += 2) {
        struct slice field = reply_text(reply_at(reply, i)), digits = slice_take(&field, ':');
        struct slice value = reply_text(reply_at(reply, i + 1));
        uint64_t day;
        if (slice_to_u64(&day, digits, STORE_DAY_MAX))
            return JALON_DAMAGED;
        size_t at = find_day(quarters, command, day);
        if (at == end || (uint64_t)quarters->days[at].day != day)
            continue;
        err = field.size ? visit_quarter(quarters, at, field, value)
                         : visit_sealed_day(quarters, at, value);
    }
    return err;
}

static int visit_quarters(const struct many *many, size_t index, const struct reply *reply)
{
    const struct many_quarters *quarters = quarters_of(many);
    const struct command *command = &quarters->commands[index];
    int err = store_check(reply, REPLY_LIST);
    if (!err && !command->is_named)
        return visit_whole(quarters, command, reply);
    if (!err && reply_count(reply) != command->count)
        err = JALON_BAD_REPLY;
    for (size_t i = 0; !err && i < command->count; i++)
        err = visit_sealed_day(quarters, command->first + i, reply_text(reply_at(reply, i)));
    return err;
}

/* Those behind `at` that are of the same link and block, and of a later day. */
static size_t days_of_block(const struct day_of_link *days, size_t count, size_t at)
{
    size_t end = at + 1;
    while (end < count && days[end].link_id == days[at].link_id &&
           days[end].day > days[end - 1].day &&
           schema_block(days[end].day) == schema_block(days[at].day))
        end++;
    return end;
}

static int add_commands(struct many_quarters *quarters, size_t count, const int32_t *until)
{
    const struct day_of_link *days = quarters->days;
    int err = JALON_OK;
    for (size_t at = 0, end; !err && at < count; at = end) {
        end = days_of_block(days, count, at);
        err = array_reserve((void **)&quarters->commands, &quarters->capacity,
                            quarters->many.count + 1, sizeof *quarters->commands);
        if (err)
            return err;
        bool is_sealed = days[end - 1].day <= until[schema_partition(days[at].link_id)];
        bool is_named = is_sealed && end - at <= DAYS_BY_NAME;
        quarters->commands[quarters->many.count++] = (struct command){at, end - at, is_named};
        if (!is_named)
            quarters->many.piece = BLOCKS_A_PIECE;
    }
    return err;
}

int store_quarters_each(struct store *store, const struct day_of_link *days, size_t count,
                        quarter_visit *visit, void *context)
{
    int32_t until[SCHEMA_PARTITIONS];
    struct many_quarters quarters = {
        .many = {0, NAMED_A_PIECE, ask_quarters, visit_quarters},
        .days = days,
        .visit = visit,
        .context = context,
    };
    int err = count ? store_sealed_until(store, until) : JALON_OK;
    if (!err)
        err = add_commands(&quarters, count, until);
    if (!err)
        err = store_many(store, &quarters.many);
    free(quarters.commands);
    return err;
}
