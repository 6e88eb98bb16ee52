/* The commands of store_nodes.h. To a single server they go as they are. To a cluster each is known until it was answered:
 *
 *   sent ──MOVED, ASK──▶ sent again, to the node named ──▶ …
 *    │
 *    └──an answer; or NULL: its connection was lost, TRYAGAIN, CLUSTERDOWN, a redirection that can't be followed──▶ heard
 *
 * Each of these words says that the command was not carried out, so to send it again is safe. After CLUSTERDOWN the
 * connection is dropped, and is not back before the node serves its homes (EXISTS, redis.c). */
#include "core/store/argument_list.h"
#include "redirector/store_nodes_handle.h"

#include <stdlib.h>

#define HOPS_MAX 5    /* redirections of one command */
#define KEPT_MAX 4096 /* bytes of a command that is kept */

struct command { /* of a cluster, on its way */
    struct command *next;
    struct store_nodes *nodes;
    struct node *node;
    unsigned hops;
    bool is_kept; /* its arguments are */
    struct argument_list kept;
    redis_heard *heard;
    void *context;
    uint64_t tag;
};

static void hear_asking(void *context, uint64_t tag, const struct redis_reply *reply)
{
    (void)context, (void)tag, (void)reply; /* the command behind it is what is answered */
}

static void hear(void *context, uint64_t tag, const struct redis_reply *reply);

static int send_kept(struct command *command, struct node *node, bool is_asking)
{
    struct argument_list *kept = &command->kept;
    int argc;
    const char **argv;
    const size_t *sizes;
    int err = argument_lists_argv(&kept, 1, &argc, &argv, &sizes);
    if (!err && is_asking)
        err =
            redis_send(node->redis, 1, (const char *const[]){"ASKING"}, NULL, hear_asking, NULL, 0);
    if (!err)
        err = redis_send(node->redis, argc, argv, sizes, hear, command, 0);
    if (!err)
        command->node = node;
    return err;
}

/* True when the command is on its way again. */
static bool follow(struct command *command, struct cluster_redirection *said)
{
    struct store_nodes *nodes = command->nodes;
    counter_add(nodes->options.worker->counters, store_redirections, 1);
    nodes->has_doubt = true;
    if (said->node.port == 0)
        return false;
    if (!*said->node.host) /* the host of who said so */
        memcpy(said->node.host, command->node->place.name.host, sizeof said->node.host);
    bool is_asking = said->word == CLUSTER_ASK;
    struct node *node =
        is_asking ? store_nodes_take_ask(nodes, said) : store_nodes_take_moved(nodes, said);
    if (!node || !command->is_kept || ++command->hops > HOPS_MAX)
        return false;
    return send_kept(command, node, is_asking) == JALON_OK;
}

static void put_command(struct command *command)
{
    command->next = command->nodes->spare;
    command->nodes->spare = command;
}

/* What the cluster says is dealt with here; what is left is for who asked. */
static void hear(void *context, uint64_t tag, const struct redis_reply *reply)
{
    (void)tag;
    struct command *command = context;
    struct store_nodes *nodes = command->nodes;
    struct cluster_redirection said = {.word = CLUSTER_OTHER};
    if (reply && redis_reply_kind(reply) == REDIS_ERROR &&
        cluster_redirection_read(&said, redis_reply_text(reply)) != JALON_OK)
        said.word = CLUSTER_TRY_AGAIN; /* a redirection to nowhere */
    if ((said.word == CLUSTER_MOVED || said.word == CLUSTER_ASK) && follow(command, &said))
        return;
    if (said.word == CLUSTER_DOWN) {
        nodes->has_doubt = true;
        redis_break(command->node->redis, "the cluster is down");
    }
    nodes->origin = command->node->number;
    put_command(command);
    command->heard(command->context, command->tag, said.word == CLUSTER_OTHER ? reply : NULL);
}

/* sending */

static struct command *take_command(struct store_nodes *nodes)
{
    struct command *command = nodes->spare;
    if (command) {
        nodes->spare = command->next;
        argument_list_clear(&command->kept);
        return command;
    }
    command = calloc(1, sizeof *command);
    if (command) {
        command->nodes = nodes;
        argument_list_init(&command->kept, KEPT_MAX);
    }
    return command;
}

static void keep(struct command *command, int argc, const char *const *argv, const size_t *sizes)
{
    for (int i = 0; i < argc; i++)
        argument_list_add(&command->kept,
                          sizes ? slice_of(argv[i], sizes[i]) : slice_of_string(argv[i]));
    command->is_kept = true;
}

static int send_to(struct store_nodes *nodes, unsigned home, bool is_kept, int argc,
                   const char *const *argv, const size_t *sizes, redis_heard *heard, void *context,
                   uint64_t tag)
{
    struct node *node = nodes->homes[home];
    if (!node)
        return JALON_UNAVAILABLE;
    if (!store_nodes_are_cluster(nodes))
        return redis_send(node->redis, argc, argv, sizes, heard, context, tag);
    struct command *command = take_command(nodes);
    if (!command)
        return JALON_NO_MEMORY;
    command->node = node;
    command->hops = 0;
    command->heard = heard;
    command->context = context;
    command->tag = tag;
    command->is_kept = false;
    if (is_kept)
        keep(command, argc, argv, sizes);
    int err = redis_send(node->redis, argc, argv, sizes, hear, command, 0);
    if (err)
        put_command(command);
    return err;
}

int store_nodes_send(struct store_nodes *nodes, unsigned home, int argc, const char *const *argv,
                     const size_t *sizes, redis_heard *heard, void *context, uint64_t tag)
{
    return send_to(nodes, home, true, argc, argv, sizes, heard, context, tag);
}

int store_nodes_send_once(struct store_nodes *nodes, unsigned home, int argc,
                          const char *const *argv, const size_t *sizes, redis_heard *heard,
                          void *context, uint64_t tag)
{
    return send_to(nodes, home, false, argc, argv, sizes, heard, context, tag);
}

void store_commands_free(struct command *spare)
{
    for (struct command *command = spare, *next; command; command = next) {
        next = command->next;
        argument_list_done(&command->kept);
        free(command);
    }
}
