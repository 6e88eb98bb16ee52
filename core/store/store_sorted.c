/* store_sorted.c - the members of a zset by score, and the records that they lead to. */
#include "core/store/store_many.h"

#define SORTED_PIECE 1000
#define FIELDS_A_COMMAND 128
#define MEMBERS_MAX (1U << 30) /* bytes of a piece: many orders may be of one millisecond */

/* A piece of a zset goes from one score to another; members of one score may straddle two pieces, so those of
 * the last score in a full piece are left to the next one. */
struct sorted_walk {
    struct key key;
    char from[32], to[32]; /* as ZRANGE takes them */
    size_t piece;
    bool is_last;
};

static void score_text(char ret_text[32], const char *prefix, int64_t score)
{
    struct buffer text;
    buffer_over(&text, ret_text, 31);
    buffer_append_string(&text, prefix);
    if (score < 0)
        buffer_append_byte(&text, '-');
    buffer_append_u64(&text, score < 0 ? 0 - (uint64_t)score : (uint64_t)score);
    ret_text[text.size] = '\0';
}

/* Where the next piece begins; *ret_count members of this one come before it. */
static int next_piece(struct sorted_walk *walk, const struct reply *reply, size_t *ret_count)
{
    size_t count = reply_count(reply) / 2, end = count;
    walk->is_last = count < walk->piece;
    if (!walk->is_last) {
        struct slice last = reply_text(reply_at(reply, 2 * count - 1));
        while (end && slice_equal(reply_text(reply_at(reply, 2 * end - 1)), last))
            end--;
        if (end == 0) /* all of one score: a larger piece is needed to see its end */
            walk->piece *= 2;
        if (slice_to_string(walk->from, sizeof walk->from, last))
            return JALON_BAD_REPLY;
    }
    *ret_count = end;
    return JALON_OK;
}

static void ask_for_piece(struct store *store, const struct sorted_walk *walk)
{
    struct argument_list *command = store_command(store, "ZRANGE");
    argument_list_add(command, key_slice(&walk->key));
    argument_list_add_string(command, walk->from);
    argument_list_add_string(command, walk->to);
    argument_list_add_string(command, "BYSCORE");
    argument_list_add_string(command, "LIMIT");
    argument_list_add_u64(command, 0);
    argument_list_add_u64(command, walk->piece);
    argument_list_add_string(command, "WITHSCORES");
}

/* The server is at the next piece while this one is looked at. */
static int sorted_piece(struct store *store, struct sorted_walk *walk, member_visit *visit,
                        void *context)
{
    struct reply *reply;
    size_t count = 0;
    int err = store_call(store, &reply);
    if (err)
        return err;
    err = store_check(reply, REPLY_LIST);
    if (!err)
        err = next_piece(walk, reply, &count);
    if (!err && !walk->is_last) {
        ask_for_piece(store, walk);
        store_send_ahead(store);
    }
    for (size_t i = 0; !err && i < count; i++)
        err = visit(context, reply_text(reply_at(reply, 2 * i)));
    (void)reply_free(reply);
    return err;
}

static struct sorted_walk walk_of(const struct key *key, int64_t from, int64_t to)
{
    struct sorted_walk walk = {.key = *key, .piece = SORTED_PIECE};
    score_text(walk.from, "", from);
    score_text(walk.to, "(", to);
    return walk;
}

int store_sorted_each(struct store *store, const struct key *key, int64_t from, int64_t to,
                      member_visit *visit, void *context)
{
    struct sorted_walk walk = walk_of(key, from, to);
    int err = store_ready(store);
    ask_for_piece(store, &walk);
    while (!err && !walk.is_last)
        err = sorted_piece(store, &walk, visit, context);
    store_drop_ahead(store);
    return err;
}

/* Records of the members of one piece, and before them the members of the next one: they are known when the records come,
 * so that the server is at the next records while these are looked at. */
struct sorted_group {
    size_t start;  /* its first command */
    bool has_next; /* which asks for the members of the next one */
    struct argument_list members;
};

struct sorted_get {
    struct many many;
    struct sorted_walk walk;
    const struct key *hash;
    struct sorted_group groups
        [2]; /* one after the other in turn: the older is over when the newer's first answer comes */
    size_t newest;
    record_visit *visit;
    void *context;
};

static const struct sorted_group *group_of(const struct sorted_get *get, size_t index)
{
    const struct sorted_group *newest = &get->groups[get->newest];
    return index >= newest->start ? newest : &get->groups[!get->newest];
}

/* The members whose records command `index` of the group asks for. */
struct span {
    size_t first, end;
};

static struct span span_of(const struct sorted_group *group, size_t index)
{
    size_t first = (index - group->start - group->has_next) * FIELDS_A_COMMAND;
    size_t end = first + FIELDS_A_COMMAND;
    return (struct span){first, end < group->members.count ? end : group->members.count};
}

static bool is_for_members(const struct sorted_group *group, size_t index)
{
    return group->has_next && index == group->start;
}

static void ask_in_turn(const struct many *many, size_t index, struct store *store)
{
    const struct sorted_get *get = (const struct sorted_get *)many; /* its first member */
    const struct sorted_group *group = group_of(get, index);
    if (is_for_members(group, index)) {
        ask_for_piece(store, &get->walk);
        return;
    }
    struct argument_list *command = store_command(store, "HMGET");
    struct span span = span_of(group, index);
    argument_list_add(command, key_slice(get->hash));
    for (size_t i = span.first; i < span.end; i++)
        argument_list_add(command, argument_list_at(&group->members, i));
}

static int add_group(struct sorted_get *get, const struct reply *reply)
{
    struct sorted_group *group = &get->groups[!get->newest];
    size_t count = 0;
    int err = next_piece(&get->walk, reply, &count);
    argument_list_clear(&group->members);
    for (size_t i = 0; !err && i < count; i++)
        argument_list_add(&group->members, reply_text(reply_at(reply, 2 * i)));
    if (!err)
        err = argument_list_error(&group->members);
    if (err)
        return err;
    group->has_next = !get->walk.is_last;
    group->start = get->many.count;
    get->many.count += group->has_next + (count + FIELDS_A_COMMAND - 1) / FIELDS_A_COMMAND;
    get->newest = !get->newest;
    return JALON_OK;
}

static int visit_in_turn(const struct many *many, size_t index, const struct reply *reply)
{
    struct sorted_get *get = (struct sorted_get *)many; /* its first member */
    const struct sorted_group *group = group_of(get, index);
    int err = store_check(reply, REPLY_LIST);
    if (err || is_for_members(group, index))
        return err ? err : add_group(get, reply);
    struct span span = span_of(group, index);
    if (reply_count(reply) != span.end - span.first)
        return JALON_BAD_REPLY;
    for (size_t i = span.first; !err && i < span.end; i++)
        err = record_hand_over(reply_at(reply, i - span.first),
                               argument_list_at(&group->members, i), get->visit, get->context);
    return err;
}

int store_sorted_get_each(struct store *store, const struct key *index, const struct key *hash,
                          int64_t from, int64_t to, record_visit *visit, void *context)
{
    struct sorted_get get = {
        .many = {.count = 1, .piece = 1, .ask = ask_in_turn, .visit = visit_in_turn},
        .walk = walk_of(index, from, to),
        .hash = hash,
        .groups = {{.has_next = true}},
        .visit = visit,
        .context = context,
    };
    argument_list_init(&get.groups[0].members, MEMBERS_MAX);
    argument_list_init(&get.groups[1].members, MEMBERS_MAX);
    int err = store_many(store, &get.many);
    argument_list_done(&get.groups[0].members);
    argument_list_done(&get.groups[1].members);
    return err;
}
