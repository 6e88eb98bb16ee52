#include "core/store/store_url.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>

static void test_each_kind_is_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum store_kind kind;
        const char *host, *path, *user, *password;
        unsigned port, database;
    } rows[] = {
        {"embedded", STORE_EMBEDDED, "", "", "", "", 0, 0},
        {"unix:/run/redis/redis.sock", STORE_UNIX, "", "/run/redis/redis.sock", "", "", 0, 0},
        {"redis://localhost", STORE_TCP, "localhost", "", "", "", 6379, 0},
        {"redis://localhost/", STORE_TCP, "localhost", "", "", "", 6379, 0},
        {"redis://10.0.0.1:7000/3", STORE_TCP, "10.0.0.1", "", "", "", 7000, 3},
        {"redis://[::1]:7000", STORE_TCP, "::1", "", "", "", 7000, 0},
        {"redis://[::1]", STORE_TCP, "::1", "", "", "", 6379, 0},
        {"redis://jalon:s3cret@db.example:1/15", STORE_TCP, "db.example", "", "jalon", "s3cret", 1,
         15},
        {"redis://:s3cret@db", STORE_TCP, "db", "", "", "s3cret", 6379, 0},
        {"redis://s3cret@db", STORE_TCP, "db", "", "", "s3cret", 6379, 0},
        {"redis://u%40v:p%3Aq%2F@db", STORE_TCP, "db", "", "u@v", "p:q/", 6379, 0},
        {"redis://u:p@q@db", STORE_TCP, "db", "", "u", "p@q", 6379, 0},
        {"rediss://db:6380", STORE_TLS, "db", "", "", "", 6380, 0},
        {"cluster://a:1,b:2", STORE_CLUSTER, "", "", "", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_url url;
        struct problem problem = {0};
        if (store_url_read(&url, rows[i].text, &problem))
            fail_msg("%s: %s", rows[i].text, problem.detail);
        assert_int_equal(url.kind, rows[i].kind);
        assert_string_equal(url.host, rows[i].host);
        assert_string_equal(url.path, rows[i].path);
        assert_string_equal(url.user, rows[i].user);
        assert_string_equal(url.password, rows[i].password);
        assert_int_equal(url.port, rows[i].port);
        assert_int_equal(url.database, rows[i].database);
    }
}

static void test_other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "redis",
        "localhost:6379",
        "Embedded",
        "embedded ",
        "embedded:x",
        "unix:",
        "unix:relative",
        "REDIS://x",
        "redis://",
        "redis:///1",
        "redis://:6379",
        "redis://h:",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:-1",
        "redis://h:6379x",
        "redis://h:1:2",
        "redis://::1",
        "redis://[::1",
        "redis://[::1]x",
        "redis://[]:1",
        "redis://h/x",
        "redis://h/1/2",
        "redis://h/65536",
        "redis://h/1?a=b",
        "redis://h h",
        "redis://u:@h",
        "redis://u%:p@h",
        "redis://u:p%00@h",
        "redis://u:p%zz@h",
        "redis://h\n",
        "redis://h\x01",
        "cluster://",
        "cluster:///",
        "cluster://u:p@",
        "cluster://a:1/0",
        "cluster://a:1,b:2/3",
        "cluster://a:1,",
        "cluster://,a:1",
        "cluster://a:1,,b:2",
        "cluster://a:1, b:2",
        "cluster://a:1;b:2",
        "cluster://a:1,b:0",
        "cluster://a:1,::1",
        "cluster://a:1,[::1",
        "cluster://u:@a:1",
        "cluster://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a",
        "clusters://a:1",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_url url;
        struct problem problem = {0};
        if (store_url_read(&url, rows[i], &problem) != JALON_INVALID)
            fail_msg("%s passes", rows[i]);
    }
}

static void test_a_cluster_has_nodes_and_one_login(void **state)
{
    (void)state;
    struct store_url url;
    struct problem problem = {0};
    char text[FOLDER_PATH_MAX];
    assert_int_equal(
        store_url_read(&url, "cluster://u:p%2C,@q@10.0.0.1:7000,[::1]:7001,db.lan/", &problem),
        JALON_OK);
    assert_string_equal(url.user, "u");
    assert_string_equal(url.password, "p,,@q");
    assert_int_equal(url.seed_count, 3);
    assert_string_equal(url.seeds[1].host, "::1");
    assert_int_equal(url.seeds[1].port, 7001);
    assert_string_equal(url.seeds[2].host, "db.lan");
    assert_int_equal(url.seeds[2].port, 6379);
    store_url_describe(&url, text);
    assert_string_equal(text, "10.0.0.1:7000,[::1]:7001,db.lan:6379");
    assert_int_equal(store_url_read(&url, "cluster://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", &problem),
                     JALON_OK);
    assert_int_equal(url.seed_count, STORE_SEEDS_MAX);
    assert_string_equal(url.password, "");
    assert_int_equal(store_url_read(&url, "cluster://a:1/2", &problem), JALON_INVALID);
    assert_non_null(strstr(problem.detail, "no databases"));
}

static void test_secrets_are_in_no_words(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "redis://user:s3cret@h:x", "redis://user:s3cret@h/x",       "redis://user:s3cret%@h",
        "redis://user:s3cret@",    "cluster://user:s3cret@a:1,b:x", "cluster://user:s3cret@a:1/2",
        "http://user:s3cret@h"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_url url;
        struct problem problem = {0};
        assert_int_equal(store_url_read(&url, rows[i], &problem), JALON_INVALID);
        assert_null(strstr(problem.detail, "s3cret"));
    }
    struct store_url url;
    struct problem problem = {0};
    char text[FOLDER_PATH_MAX];
    assert_int_equal(store_url_read(&url, "redis://user:s3cret@[::1]:7000/2", &problem), JALON_OK);
    store_url_describe(&url, text);
    assert_string_equal(text, "[::1]:7000");
}

static void test_too_long_parts_are_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {"unix:/", "redis://", "redis://u:", "redis://"};
    static const char *const tails[] = {"", "", "@h", ":p@h"};
    for (size_t i = 0; i < 4; i++) {
        char text[1024], part[800];
        memset(part, 'a', sizeof part - 1);
        part[sizeof part - 1] = '\0';
        (void)snprintf(text, sizeof text, "%s%s%s", heads[i], part, tails[i]); /* fits */
        struct store_url url;
        struct problem problem = {0};
        assert_int_equal(store_url_read(&url, text, &problem), JALON_INVALID);
    }
}

static void test_what_this_build_cannot_do_is_told(void **state)
{
    (void)state;
    struct store_url url;
    struct problem problem = {0};
    assert_int_equal(store_url_resolve(&url, "cluster://a:1", "/d", &problem), JALON_OK);
#ifndef JALON_HAS_HIREDIS_SSL
    assert_int_equal(store_url_resolve(&url, "rediss://a", "/d", &problem), JALON_UNSUPPORTED);
    assert_non_null(strstr(problem.detail, "rediss://"));
#endif
    assert_int_equal(store_url_resolve(&url, "embedded", "/d", &problem), JALON_OK);
    assert_string_equal(url.path, "/d/store/redis.sock");
}

static void test_a_socket_of_any_path_can_be_reached(void **state)
{
    (void)state;
    struct scratch folder = scratch_new();
    char deep[2 * SCRATCH_PATH], path[3 * SCRATCH_PATH], name[121];
    memset(name, 'n', 120);
    name[120] = '\0';
    (void)snprintf(deep, sizeof deep, "%s/%s", folder.path, name); /* fits */
    assert_int_equal(mkdir(deep, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/s", deep); /* fits */
    for (int is_client = 0; is_client < 2; is_client++) {
        static int listener;
        struct socket_path short_path;
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        assert_int_equal(socket_path_open(&short_path, path), JALON_OK);
        memcpy(address.sun_path, short_path.text, sizeof address.sun_path);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        const struct sockaddr *to = (const struct sockaddr *)&address;
        assert_int_equal(is_client ? connect(fd, to, sizeof address) : bind(fd, to, sizeof address),
                         0);
        if (!is_client)
            assert_int_equal(listen(listener = fd, 1), 0);
        else
            assert_int_equal(close(fd) | close(listener), 0);
        socket_path_close(&short_path);
        socket_path_close(&short_path); /* twice is no harm */
    }
    struct socket_path none;
    (void)snprintf(path, sizeof path, "%s/missing/%.100s", folder.path, name); /* fits */
    assert_int_equal(socket_path_open(&none, path), JALON_UNAVAILABLE);
    assert_int_equal(socket_path_open(&none, name), JALON_TOO_LONG); /* long, and in no folder */
    scratch_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_is_taken_apart),
        cmocka_unit_test(test_other_texts_are_refused),
        cmocka_unit_test(test_a_cluster_has_nodes_and_one_login),
        cmocka_unit_test(test_secrets_are_in_no_words),
        cmocka_unit_test(test_too_long_parts_are_refused),
        cmocka_unit_test(test_what_this_build_cannot_do_is_told),
        cmocka_unit_test(test_a_socket_of_any_path_can_be_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
