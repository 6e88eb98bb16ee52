/* Commands to a real cluster whose slots move while they are under way. */
#include "tests/unit/core/store/redis_cluster.h"

#include <pthread.h>

static struct redis_cluster cluster;
static struct client *client;

static int start_cluster(void **state)
{
    (void)state;
    redis_cluster_start(&cluster);
    return 0;
}

static int end_cluster(void **state)
{
    (void)state;
    redis_cluster_end(&cluster);
    return 0;
}

static int open_client(struct client **ret_client, const char *text, unsigned timeout_ms,
                       struct problem *problem)
{
    struct store_url url;
    int err = store_url_read(&url, text, problem);
    return err ? err : client_open(ret_client, &url, timeout_ms, problem);
}

static int set_up(void **state)
{
    (void)state;
    struct problem problem = {0};
    redis_cluster_flush(&cluster);
    if (open_client(&client, cluster.url, 20000, &problem))
        fail_msg("%s", problem.detail);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client = client_free(client);
    return 0;
}

static void queue(const char *a, const char *b, const char *c)
{
    struct argument_list command;
    argument_list_init(&command, 4096);
    argument_list_add_string(&command, a);
    if (b)
        argument_list_add_string(&command, b);
    if (c)
        argument_list_add_string(&command, c);
    assert_int_equal(client_send(client, &command), JALON_OK);
    argument_list_done(&command);
}

static void expect_integer(int64_t value)
{
    struct reply *reply;
    assert_int_equal(client_receive(client, &reply), JALON_OK);
    if (reply_kind(reply) == REPLY_ERROR)
        fail_msg("%.*s", SLICE_ARG(reply_text(reply)));
    assert_int_equal(reply_integer(reply), value);
    (void)reply_free(reply);
}

static void expect_text(const char *value)
{
    struct reply *reply;
    assert_int_equal(client_receive(client, &reply), JALON_OK);
    if (!slice_is(reply_text(reply), value))
        fail_msg("%.*s instead of %s", SLICE_ARG(reply_text(reply)), value);
    (void)reply_free(reply);
}

static const char *text_of(const char *head, unsigned number)
{
    static char texts[4][64];
    static unsigned next;
    char *text = texts[next++ % 4];
    (void)snprintf(text, sizeof texts[0], "%s%u", head, number); /* fits */
    return text;
}

static void test_answers_of_all_nodes_come_in_the_order_sent(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    for (unsigned i = 0; i < MANY; i++)
        queue("SET", text_of("key:", i), text_of("value:", i));
    for (unsigned i = 0; i < MANY; i++)
        expect_text("OK");
    for (unsigned i = 0; i < MANY; i++)
        queue("GET", text_of("key:", i), NULL);
    for (unsigned i = 0; i < MANY; i++)
        expect_text(text_of("value:", i));
    assert_true(client_is_alive(client));
    for (unsigned i = 0; i < CLUSTER_PRIMARIES; i++) {
        struct reply *reply = redis_ask(&cluster.nodes[i], "DBSIZE");
        assert_in_range(reply_integer(reply), MANY / 4, MANY / 2);
        (void)reply_free(reply);
    }
}

/* {a}list has slot 15495, of the third node. */
static const unsigned SLOT = 15495;

static void expect_list(unsigned count)
{
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "LRANGE", "{a}list", "0", "-1", NULL), JALON_OK);
    assert_int_equal(reply_count(reply), count);
    for (unsigned i = 0; i < count; i++)
        assert_true(slice_is(reply_text(reply_at(reply, i)), text_of("", i)));
    (void)reply_free(reply);
}

static void test_a_slot_that_moves_under_a_pipeline_keeps_its_order(void **state)
{
    (void)state;
    assert_int_equal(cluster_slot(SLICE("{a}list")), SLOT);
    struct redis_node *from = &cluster.nodes[2], *to = &cluster.nodes[1];
    for (unsigned i = 0; i < 400; i++) {
        queue("RPUSH", "{a}list", text_of("", i));
        queue("SET", text_of("other:", i), "x");
    }
    redis_slot_move(&cluster, from, to, SLOT); /* nothing went out yet */
    for (unsigned i = 0; i < 100; i++) {
        expect_integer(i + 1);
        expect_text("OK");
    }
    for (unsigned i = 400; i < 600; i++) /* behind 300 that are still to be sent again */
        queue("RPUSH", "{a}list", text_of("", i));
    for (unsigned i = 100; i < 400; i++) {
        expect_integer(i + 1);
        expect_text("OK");
    }
    for (unsigned i = 400; i < 600; i++)
        expect_integer(i + 1);
    expect_list(600);
    assert_int_equal(client_map(client)->owners[SLOT],
                     client_map(client)->owners[CLUSTER_SLOTS / 2]);
    assert_true(client_is_alive(client));
    redis_slot_move(&cluster, to, from, SLOT);
    queue("LLEN", "{a}list", NULL);
    expect_integer(600);
}

static void test_a_slot_on_the_way_is_asked_for_on_both_sides(void **state)
{
    (void)state;
    struct redis_node *from = &cluster.nodes[2], *to = &cluster.nodes[0];
    unsigned owner = client_map(client)->owners[SLOT];
    for (unsigned i = 0; i < 20; i++)
        queue("SET", text_of("{a}", i), text_of("", i));
    for (unsigned i = 0; i < 20; i++)
        expect_text("OK");
    redis_slot_open(from, to, SLOT);
    for (unsigned i = 0; i < 10; i++)
        redis_key_move(from, to, text_of("{a}", i));
    for (unsigned i = 0; i < 20; i++) {
        queue("APPEND", text_of("{a}", i), "!");
        queue("INCR", text_of("{a}new:", i % 5), NULL);
    }
    for (unsigned i = 0; i < 20; i++) {
        expect_integer(i < 10 ? 2 : 3);
        expect_integer(i / 5 + 1);
    }
    assert_int_equal(client_map(client)->owners[SLOT], owner); /* ASK is for once */
    for (unsigned i = 10; i < 20; i++)
        redis_key_move(from, to, text_of("{a}", i));
    redis_slot_close(&cluster, from, to, SLOT);
    for (unsigned i = 0; i < 20; i++)
        queue("STRLEN", text_of("{a}", i), NULL);
    for (unsigned i = 0; i < 20; i++)
        expect_integer(i < 10 ? 2 : 3);
    assert_int_not_equal(client_map(client)->owners[SLOT], owner);
    redis_slot_move(&cluster, to, from, SLOT);
}

/* Half of a command's keys are on the way. Ends the move when it was put off. */
static void *end_the_move(void *context)
{
    (void)context;
    struct redis_node *from = &cluster.nodes[2], *to = &cluster.nodes[0];
    redis_wait_for(from, "INFO errorstats", "errorstat_TRYAGAIN");
    redis_key_move(from, to, "{a}2");
    redis_slot_close(&cluster, from, to, SLOT);
    return NULL;
}

static void test_a_command_is_put_off_until_its_keys_are_in_one_place(void **state)
{
    (void)state;
    struct redis_node *from = &cluster.nodes[2], *to = &cluster.nodes[0];
    pthread_t thread;
    queue("SET", "{a}1", "one");
    queue("SET", "{a}2", "two");
    expect_text("OK");
    expect_text("OK");
    redis_tell(from, "CONFIG RESETSTAT");
    redis_slot_open(from, to, SLOT);
    redis_key_move(from, to, "{a}1");
    assert_int_equal(pthread_create(&thread, NULL, end_the_move, NULL), 0);
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "MGET", "{a}1", "{a}2", NULL), JALON_OK);
    assert_true(slice_is(reply_text(reply_at(reply, 0)), "one"));
    assert_true(slice_is(reply_text(reply_at(reply, 1)), "two"));
    (void)reply_free(reply);
    assert_int_equal(pthread_join(thread, NULL), 0);
    redis_slot_move(&cluster, to, from, SLOT);
}

static void test_a_move_that_does_not_end_is_waited_for_once(void **state)
{
    (void)state;
    struct redis_node *from = &cluster.nodes[2], *to = &cluster.nodes[0];
    struct problem problem = {0};
    client = client_free(client);
    assert_int_equal(open_client(&client, cluster.url, 300, &problem), JALON_OK);
    redis_tell(from, "MSET {a}1 one {a}2 two");
    redis_slot_open(from, to, SLOT);
    redis_key_move(from, to, "{a}1");
    int64_t start_ms = clock_monotonic_ms();
    for (unsigned i = 0; i < 50; i++)
        queue("MGET", "{a}1", "{a}2");
    for (unsigned i = 0; i < 50; i++) {
        struct reply *reply;
        assert_int_equal(client_receive(client, &reply), JALON_OK);
        assert_true(slice_starts(reply_text(reply), SLICE("TRYAGAIN ")));
        (void)reply_free(reply);
    }
    assert_in_range(clock_monotonic_ms() - start_ms, 300, 50 * 300 / 2);
    assert_true(client_is_alive(client));
    redis_key_move(from, to, "{a}2");
    redis_slot_close(&cluster, from, to, SLOT);
    redis_slot_move(&cluster, to, from, SLOT);
}

static void test_each_node_can_be_spoken_to(void **state)
{
    (void)state;
    assert_int_equal(client_primary_count(client), CLUSTER_PRIMARIES);
    assert_int_equal(client_node_count(client), CLUSTER_PRIMARIES);
    char names[CLUSTER_PRIMARIES][41];
    for (unsigned i = 0; i < CLUSTER_PRIMARIES; i++) {
        struct reply *reply;
        assert_int_equal(client_say_at(client, i, &reply, "CLUSTER", "MYID", NULL), JALON_OK);
        assert_int_equal(slice_to_string(names[i], sizeof names[i], reply_text(reply)), JALON_OK);
        (void)reply_free(reply);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
    static const char *const keyless[] = {"PING", "INFO", "TIME", "CLUSTER"};
    for (size_t i = 0; i < 4; i++) {
        struct reply *reply;
        assert_int_equal(client_say(client, &reply, keyless[i], i == 3 ? "INFO" : NULL, NULL),
                         JALON_OK);
        (void)reply_free(reply);
    }
}

static void test_a_map_that_changed_is_seen_by_looking(void **state)
{
    (void)state;
    unsigned owner = client_map(client)->owners[SLOT];
    redis_slot_move(&cluster, &cluster.nodes[2], &cluster.nodes[1], SLOT);
    for (unsigned i = 0; i < CLUSTER_PRIMARIES; i++) /* each node is asked in turn */
        assert_int_equal(client_look(client), JALON_OK);
    assert_int_not_equal(client_map(client)->owners[SLOT], owner);
    assert_true(client_is_alive(client));
    redis_slot_move(&cluster, &cluster.nodes[1], &cluster.nodes[2], SLOT);
}

static void test_a_command_for_a_new_primary_is_refused(void **state)
{
    (void)state;
    struct argument_list command;
    argument_list_init(&command, 4096);
    argument_list_add_string(&command, "SET");
    argument_list_add_string(&command, "{b}1"); /* slot 3300, of the first node */
    argument_list_add_string(&command, "x");
    redis_cluster_take_over(&cluster);
    struct reply *reply;
    assert_int_equal(client_call(client, &command, &reply), JALON_OK);
    assert_true(client_was_refused(client, reply));
    assert_false(client_is_alive(client));
    (void)reply_free(reply);
    argument_list_done(&command);
    struct problem problem = {0};
    client = client_free(client);
    assert_int_equal(open_client(&client, cluster.url, 20000, &problem), JALON_OK);
    queue("GET", "{b}1", NULL);
    expect_text(""); /* it was not carried out */
    redis_cluster_take_over(&cluster);
    assert_int_equal(client_look(client), JALON_OK);
    assert_false(client_is_alive(client)); /* seen by looking, too */
}

static void test_a_connection_that_is_lost_is_seen(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLUSTER_PRIMARIES; i++) {
        struct problem problem = {0};
        client = client_free(client);
        assert_int_equal(open_client(&client, cluster.url, 20000, &problem), JALON_OK);
        assert_true(client_is_alive(client));
        redis_tell(&cluster.nodes[i], "CLIENT KILL TYPE normal SKIPME yes");
        for (unsigned j = 0; j < 300; j++) /* over all nodes */
            queue("SET", text_of("", j), "x");
        unsigned answered = 0;
        struct reply *reply;
        while (answered < 300 && client_receive(client, &reply) == JALON_OK) {
            answered++;
            (void)reply_free(reply);
        }
        assert_true(answered < 300);
        assert_int_equal(client_receive(client, &reply), JALON_UNAVAILABLE);
        assert_false(client_is_alive(client));
    }
}

static void test_where_no_cluster_answers_it_is_told(void **state)
{
    (void)state;
    struct {
        const char *head;
        unsigned port;
        int err;
        const char *words;
    } rows[] = {
        {"cluster://127.0.0.1:", 1, JALON_UNAVAILABLE, "127.0.0.1:1"},
        {"cluster://127.0.0.1:1,127.0.0.1:", 2, JALON_UNAVAILABLE, "127.0.0.1:2"},
        {"cluster://u:p@127.0.0.1:", cluster.nodes[1].port, JALON_INVALID, "password"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *none = NULL;
        struct problem problem = {0};
        assert_int_equal(open_client(&none, text_of(rows[i].head, rows[i].port), 2000, &problem),
                         rows[i].err);
        assert_null(none);
        if (!strstr(problem.detail, rows[i].words))
            fail_msg("%s: %s", rows[i].head, problem.detail);
    }
}

static void set_password(const char *login, const char *password)
{
    for (unsigned i = 0; i < CLUSTER_NODES; i++) {
        struct problem problem = {0};
        struct client *node;
        struct reply *reply;
        char url[100];
        (void)snprintf(url, sizeof url, "redis://%s127.0.0.1:%u", login,
                       cluster.nodes[i].port); /* fits */
        assert_int_equal(open_client(&node, url, 2000, &problem), JALON_OK);
        assert_int_equal(client_say(node, &reply, "CONFIG", "SET", "requirepass", password, NULL),
                         JALON_OK);
        (void)reply_free(reply);
        (void)client_free(node);
    }
}

static void test_a_login_is_for_each_node(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct client *other = NULL;
    char url[200];
    set_password("", "sesame");
    assert_int_equal(open_client(&other, cluster.url, 2000, &problem), JALON_INVALID);
    assert_non_null(strstr(problem.detail, "login"));
    (void)snprintf(url, sizeof url, "cluster://:sesame@127.0.0.1:%u", cluster.nodes[2].port);
    assert_int_equal(open_client(&other, url, 2000, &problem), JALON_OK);
    struct client *before = client;
    client = other;
    for (unsigned i = 0; i < 300; i++)
        queue("SET", text_of("", i), "x");
    for (unsigned i = 0; i < 300; i++)
        expect_text("OK");
    client_free(other);
    client = before;
    set_password(":sesame@", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers_of_all_nodes_come_in_the_order_sent),
        TEST(test_a_slot_that_moves_under_a_pipeline_keeps_its_order),
        TEST(test_a_slot_on_the_way_is_asked_for_on_both_sides),
        TEST(test_a_command_is_put_off_until_its_keys_are_in_one_place),
        TEST(test_a_move_that_does_not_end_is_waited_for_once),
        TEST(test_each_node_can_be_spoken_to),
        TEST(test_a_map_that_changed_is_seen_by_looking),
        TEST(test_a_command_for_a_new_primary_is_refused),
        TEST(test_a_connection_that_is_lost_is_seen),
        TEST(test_where_no_cluster_answers_it_is_told),
        TEST(test_a_login_is_for_each_node),
    };
    return cmocka_run_group_tests(tests, start_cluster, end_cluster);
}
