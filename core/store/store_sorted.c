/* store_sorted.c - the members of a zset by score, and the records that they lead to. */
#include "core/store/store_many.h"

#define SORTED_PIECE 1000
#define FIELDS_A_COMMAND 250
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

/* Records of one piece's members, and behind them the members of the next piece: the server is at those while the
 * records are looked at. */
struct sorted_get {
    struct many many;
    struct sorted_walk walk;
    const struct key *hash;
    struct argument_list members, next;
    record_visit *visit;
    void *context;
};

static size_t commands_for(const struct argument_list *members)
{
    return (members->count + FIELDS_A_COMMAND - 1) / FIELDS_A_COMMAND;
}

static size_t command_end(const struct argument_list *members, size_t index)
{
    size_t end = (index + 1) * FIELDS_A_COMMAND;
    return end < members->count ? end : members->count;
}

static void ask_in_turn(const struct many *many, size_t index, struct store *store)
{
    const struct sorted_get *get = (const struct sorted_get *)many; /* its first member */
    if (index == commands_for(&get->members)) {
        ask_for_piece(store, &get->walk);
        return;
    }
    struct argument_list *command = store_command(store, "HMGET");
    argument_list_add(command, key_slice(get->hash));
    for (size_t i = index * FIELDS_A_COMMAND; i < command_end(&get->members, index); i++)
        argument_list_add(command, argument_list_at(&get->members, i));
}

static int keep_members(struct sorted_get *get, const struct reply *reply)
{
    size_t count = 0;
    int err = next_piece(&get->walk, reply, &count);
    for (size_t i = 0; !err && i < count; i++)
        argument_list_add(&get->next, reply_text(reply_at(reply, 2 * i)));
    return err ? err : argument_list_error(&get->next);
}

static int visit_in_turn(const struct many *many, size_t index, const struct reply *reply)
{
    struct sorted_get *get = (struct sorted_get *)many; /* its first member */
    int err = store_check(reply, REPLY_LIST);
    if (err || index == commands_for(&get->members))
        return err ? err : keep_members(get, reply);
    size_t first = index * FIELDS_A_COMMAND, end = command_end(&get->members, index);
    if (reply_count(reply) != end - first)
        return JALON_BAD_REPLY;
    for (size_t i = first; !err && i < end; i++) {
        uint64_t version;
        struct slice json;
        err = record_read(&version, &json, reply_at(reply, i - first));
        if (!err)
            err = get->visit(get->context, argument_list_at(&get->members, i), version, json);
    }
    return err;
}

static void turn(struct sorted_get *get)
{
    struct argument_list members = get->next;
    get->next = get->members;
    get->members = members;
    argument_list_clear(&get->next);
    get->many.count = commands_for(&get->members) + !get->walk.is_last;
}

int store_sorted_get_each(struct store *store, const struct key *index, const struct key *hash,
                          int64_t from, int64_t to, record_visit *visit, void *context)
{
    struct sorted_get get = {
        .many = {.piece = 1, .ask = ask_in_turn, .visit = visit_in_turn},
        .walk = walk_of(index, from, to),
        .hash = hash,
        .visit = visit,
        .context = context,
    };
    argument_list_init(&get.members, MEMBERS_MAX);
    argument_list_init(&get.next, MEMBERS_MAX);
    int err = JALON_OK;
    for (turn(&get); !err && get.many.count; turn(&get))
        err = store_many(store, &get.many);
    argument_list_done(&get.members);
    argument_list_done(&get.next);
    return err;
}
