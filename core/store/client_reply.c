/* An answer is a tree in memory of its own, which goes with its root: hiredis makes it through the functions below
 * instead of its own ones, which take and give back memory for each element. */
#include "core/store/client_reply.h"

#include "core/store/reply_error.h"

#include <stdlib.h>

#define FIRST_BYTES 160 /* beside the root: enough for a counter or a small text */
#define PIECE_BYTES 1024
#define PIECE_MAX (64U << 10)
#define ALIGNMENT sizeof(max_align_t)

struct reply {
    int type; /* REDIS_REPLY_…; hiredis 1 looks for its REDIS_REPLY_PUSH here, where its own replies have theirs */
    size_t count; /* bytes of a text, items of a list */
    union {
        const char *text;
        struct reply *items;
        int64_t integer;
    } as;
};

struct piece {
    struct piece *next;
    max_align_t memory[];
};

struct root {
    struct reply reply; /* what is held of it */
    struct piece *pieces;
    size_t piece_size; /* of the next one */
    char *at;          /* free memory, `left` bytes of it */
    size_t left;
    max_align_t memory[];
};

static struct root *root_new(void)
{
    struct root *root = malloc(sizeof *root + FIRST_BYTES);
    if (root)
        *root = (struct root){
            .at = (char *)root->memory, .left = FIRST_BYTES, .piece_size = PIECE_BYTES};
    return root;
}

static bool add_piece(struct root *root, size_t size)
{
    if (size < root->piece_size)
        size = root->piece_size;
    struct piece *piece = malloc(sizeof *piece + size);
    if (!piece)
        return false;
    piece->next = root->pieces;
    root->pieces = piece;
    root->at = (char *)piece->memory;
    root->left = size;
    if (root->piece_size < PIECE_MAX)
        root->piece_size *= 2;
    return true;
}

/* `size` bytes that live as long as the root, NULL without memory. */
static void *root_take(struct root *root, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > root->left && !add_piece(root, size))
        return NULL;
    void *memory = root->at;
    root->at += size;
    root->left -= size;
    return memory;
}

/* Where the answer of `task` belongs: in its list, or a new root. */
static struct reply *place(const redisReadTask *task, struct root **ret_root)
{
    if (!task->parent) {
        *ret_root = root_new();
        return *ret_root ? &(*ret_root)->reply : NULL;
    }
    struct reply *list = task->parent->obj;
    const redisReadTask *top = task->parent;
    while (top->parent)
        top = top->parent;
    *ret_root = top->obj; /* its first member */
    return &list->as.items[task->idx];
}

/* NULL, after which hiredis says that memory ran out; a root without its contents is nobody's. */
static void *give_up(const redisReadTask *task, struct root *root)
{
    if (!task->parent)
        free(root);
    return NULL;
}

static void *create_string(const redisReadTask *task, char *text, size_t size)
{
    struct root *root;
    struct reply *reply = place(task, &root);
    if (!reply)
        return NULL;
    char *copy = root_take(root, size);
    if (!copy)
        return give_up(task, root);
    memcpy(copy, text, size);
    *reply = (struct reply){.type = task->type, .count = size, .as.text = copy};
    return reply;
}

#if HIREDIS_MAJOR >= 1
static void *create_array(const redisReadTask *task, size_t count)
#else
static void *create_array(const redisReadTask *task, int count)
#endif
{
    struct root *root;
    struct reply *reply = place(task, &root);
    if (!reply)
        return NULL;
    struct reply *items = (size_t)count <= SIZE_MAX / 4 / sizeof *items
                              ? root_take(root, (size_t)count * sizeof *items)
                              : NULL;
    if (!items)
        return give_up(task, root);
    *reply = (struct reply){.type = REDIS_REPLY_ARRAY, .count = (size_t)count, .as.items = items};
    return reply;
}

static void *create_integer(const redisReadTask *task, long long integer)
{
    struct root *root;
    struct reply *reply = place(task, &root);
    if (reply)
        *reply = (struct reply){.type = REDIS_REPLY_INTEGER, .as.integer = integer};
    return reply;
}

static void *create_nil(const redisReadTask *task)
{
    struct root *root;
    struct reply *reply = place(task, &root);
    if (reply)
        *reply =
            (struct reply){.type = REDIS_REPLY_NIL}; /* the task's is that of what is not there */
    return reply;
}

static void free_root(void *reply)
{
    if (!reply)
        return;
    struct root *root = reply;
    while (root->pieces) {
        struct piece *piece = root->pieces;
        root->pieces = piece->next;
        free(piece);
    }
    free(root);
}

#if HIREDIS_MAJOR >= 1
/* Of RESP3, which nobody asked for: the connection is of no more use. */
static void *create_double(const redisReadTask *task, double number, char *text, size_t size)
{
    (void)task, (void)number, (void)text, (void)size;
    return NULL;
}

static void *create_bool(const redisReadTask *task, int is_true)
{
    (void)task, (void)is_true;
    return NULL;
}
#endif

redisReplyObjectFunctions reply_functions(void)
{
    return (redisReplyObjectFunctions)
    {
        .createString = create_string, .createArray = create_array, .createInteger = create_integer,
        .createNil = create_nil, .freeObject = free_root,
#if HIREDIS_MAJOR >= 1
        .createDouble = create_double, .createBool = create_bool,
#endif
    };
}

struct reply *reply_free(struct reply *reply)
{
    free_root(reply);
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
    switch (reply->type) {
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
    return reply_kind(reply) == REPLY_INTEGER ? reply->as.integer : 0;
}

struct slice reply_text(const struct reply *reply)
{
    bool is_text = reply_kind(reply) == REPLY_TEXT || reply_kind(reply) == REPLY_ERROR;
    return is_text ? slice_of(reply->as.text, reply->count) : SLICE_NONE;
}

size_t reply_count(const struct reply *reply)
{
    return reply_kind(reply) == REPLY_LIST ? reply->count : 0;
}

const struct reply *reply_at(const struct reply *reply, size_t index)
{
    return &reply->as.items[index];
}
