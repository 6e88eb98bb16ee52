#include "core/store/store_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#define IDS "run_id:11\r\nmaster_replid:22\r\n"

static void test_each_kind_of_server_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *info, *server, *words;
        int err;
    } rows[] = {
        {"# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\n" IDS,
         "redis 7.0.15", NULL, JALON_OK},
        {"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\nserver_mode:"
         "standalone\r\n" IDS,
         "valkey 8.1.1", NULL, JALON_OK},
        {"redis_version:10.0.0\r\n" IDS, "redis 10.0.0", NULL, JALON_OK},
        {"redis_version:6.2.14\r\n" IDS, NULL, "6.2.14", JALON_UNSUPPORTED},
        {"redis_version:0.9\r\n" IDS, NULL, "0.9", JALON_UNSUPPORTED},
        {"redis_version:\r\n" IDS, NULL, "7", JALON_UNSUPPORTED},
        {"redis_version:seven\r\n" IDS, NULL, "7", JALON_UNSUPPORTED},
        {"dragonfly_version:1\r\n", NULL, "7", JALON_UNSUPPORTED},
        {"", NULL, "7", JALON_UNSUPPORTED},
        {"redis_version:7.0.0\r\nredis_mode:sentinel\r\n", NULL, "Sentinel", JALON_UNSUPPORTED},
        {"redis_version:7.0.0\r\nredis_mode:cluster\r\n", NULL, "cluster://", JALON_UNSUPPORTED},
        {"redis_version:7.2.4\r\nserver_mode:cluster\r\n", NULL, "cluster://", JALON_UNSUPPORTED},
        {"redis_version:7.0.0\r\nrole:slave\r\n", NULL, "replica", JALON_UNAVAILABLE},
        {"redis_version:7.0.0\r\nloading:1\r\nrole:master\r\n", NULL, "loading", JALON_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_run run;
        struct problem problem = {0};
        assert_int_equal(store_run_of_text(&run, slice_of_string(rows[i].info), false, &problem),
                         rows[i].err);
        if (rows[i].server)
            assert_string_equal(run.server, rows[i].server);
        else
            assert_non_null(strstr(problem.detail, rows[i].words));
    }
}

static void test_a_node_is_a_server_where_a_cluster_is_meant(void **state)
{
    (void)state;
    struct store_run run;
    struct problem problem = {0};
    assert_int_equal(store_run_of_text(&run,
                                       SLICE("redis_version:7.0.0\r\nredis_mode:cluster\r\n"
                                             "role:master\r\n" IDS),
                                       true, &problem),
                     JALON_OK);
    assert_int_equal(store_run_of_text(&run,
                                       SLICE("redis_version:7.0.0\r\nredis_mode:cluster\r\n"
                                             "role:slave\r\n" IDS),
                                       true, &problem),
                     JALON_UNAVAILABLE);
    assert_non_null(strstr(problem.detail, "primary"));
}

static void test_another_run_or_history_is_another_id(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "redis_version:7.0.0\r\nrun_id:a\r\nmaster_replid:b\r\n",
        "redis_version:7.0.0\r\nrun_id:a\r\nmaster_replid:c\r\n", /* demoted and promoted again */
        "redis_version:7.0.0\r\nrun_id:d\r\nmaster_replid:b\r\n", /* restarted */
    };
    struct store_run runs[3];
    struct problem problem = {0};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(store_run_of_text(&runs[i], slice_of_string(rows[i]), false, &problem),
                         JALON_OK);
    assert_string_not_equal(runs[0].id, runs[1].id);
    assert_string_not_equal(runs[0].id, runs[2].id);
    assert_string_not_equal(runs[1].id, runs[2].id);
}

static void test_a_log_is_rewritten_once_a_run(void **state)
{
    (void)state;
    static const struct {
        const char *info;
        bool needs_rewrite;
    } rows[] = {
        {"aof_enabled:1\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n"
         "aof_last_rewrite_time_sec:-1\r\n",
         true},
        {"aof_enabled:1\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n"
         "aof_last_rewrite_time_sec:0\r\n",
         false},
        {"aof_enabled:1\r\naof_rewrite_in_progress:1\r\naof_rewrite_scheduled:0\r\n"
         "aof_last_rewrite_time_sec:-1\r\n",
         false},
        {"aof_enabled:1\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:1\r\n"
         "aof_last_rewrite_time_sec:-1\r\n",
         false},
        {"aof_enabled:0\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n"
         "aof_last_rewrite_time_sec:-1\r\n",
         false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        struct store_run run;
        struct problem problem = {0};
        (void)snprintf(text, sizeof text, "redis_version:7.0.0\r\n" IDS "%s", rows[i].info);
        assert_int_equal(store_run_of_text(&run, slice_of_string(text), false, &problem), JALON_OK);
        assert_int_equal(run.needs_rewrite[0], rows[i].needs_rewrite);
    }
}

static void test_fields_are_whole_lines(void **state)
{
    (void)state;
    struct slice text = SLICE("a:1\r\nab:2\r\nb:x:y\r\nno colon\r\nlast:3");
    static const struct {
        const char *name, *value;
    } rows[] = {{"a", "1"}, {"ab", "2"}, {"b", "x:y"}, {"last", "3"},
                {"c", ""},  {"", ""},    {"no", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(slice_is(info_field(text, rows[i].name), rows[i].value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_server_is_told_apart),
        cmocka_unit_test(test_a_node_is_a_server_where_a_cluster_is_meant),
        cmocka_unit_test(test_another_run_or_history_is_another_id),
        cmocka_unit_test(test_a_log_is_rewritten_once_a_run),
        cmocka_unit_test(test_fields_are_whole_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
