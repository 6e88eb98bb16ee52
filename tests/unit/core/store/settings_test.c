#include "core/store/settings.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <ctype.h>

static struct scratch folder;
static char file[SCRATCH_PATH + 20];

static int set_up(void **state)
{
    (void)state;
    folder = scratch_new();
    (void)snprintf(file, sizeof file, "%s/jalond.conf", folder.path); /* fits */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(&folder);
    return 0;
}

static struct settings load(const char *text)
{
    struct settings settings;
    struct problem problem = {0};
    scratch_write(file, slice_of_string(text));
    if (settings_load(&settings, file, &problem))
        fail_msg("%s: %s", text, problem.detail);
    return settings;
}

static void test_defaults_are_those_of_the_contract(void **state)
{
    (void)state;
    struct settings settings;
    struct problem problem = {0};
    assert_int_equal(settings_load(&settings, NULL, &problem), JALON_OK);
    assert_string_equal(settings.public_addresses, "0.0.0.0:8080");
    assert_string_equal(settings.api_addresses, "127.0.0.1:8081");
    assert_string_equal(settings.domain, "");
    assert_int_equal(settings.workers, 0);
    assert_string_equal(settings.trusted_proxies, "");
    assert_string_equal(settings.certificate, "");
    assert_string_equal(settings.key, "");
    assert_false(settings.is_api_plaintext);
    assert_string_equal(settings.redis, "embedded");
    assert_int_equal(settings.sync, SYNC_INTERVAL);
    assert_true(settings.journal_max_bytes == (uint64_t)4 << 30);
    assert_int_equal(settings.when_full, FULL_REFUSE);
    assert_string_equal(settings.geo_country, "");
    assert_int_equal(settings.log_level, LOG_INFO);
    assert_false(settings.is_log_json);
    settings_done(&settings);
}

static void test_an_empty_file_or_one_of_remarks_changes_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {"",
                                       "\n\n",
                                       "# nothing\n; either\n",
                                       "[server]\n",
                                       "\xef\xbb\xbf[server]\r\n\r\n",
                                       "   # indented\n[log]"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings settings = load(rows[i]);
        assert_string_equal(settings.public_addresses, "0.0.0.0:8080");
        settings_done(&settings);
    }
}

static void test_values_are_read(void **state)
{
    (void)state;
    struct settings settings = load("[server]\n"
                                    "public = 127.0.0.1:0, [::1]:8080\n"
                                    "api=localhost:81\n"
                                    "domain = https://go.example.com/\n"
                                    "workers = 3\n"
                                    "trusted_proxies = 10.0.0.0/8,\n"
                                    "    2001:db8::/32,\n"
                                    "\t192.0.2.1\n"
                                    "certificate = /etc/jalon/with space.pem ; a remark\n"
                                    "key = /etc/jalon/key.pem\r\n"
                                    "api_plaintext = yes\n"
                                    "header_timeout = 1500\n"
                                    "body_timeout = 2s\n"
                                    "idle_timeout = 5m\n"
                                    "\n"
                                    "[store]\n"
                                    "redis = redis://u:p@[::1]:7000/2\n"
                                    "[journal]\n"
                                    "sync = always\n"
                                    "max_size = 1g\n"
                                    "when_full = redirect\n"
                                    "keep = 90s\n"
                                    "segment_size = 65536\n"
                                    "[geo]\n"
                                    "city: /srv/city.mmdb\n"
                                    "[log]\n"
                                    "level = debug\n"
                                    "format = json\n"
                                    "[server]\n"
                                    "clerks = 7\n");
    assert_string_equal(settings.public_addresses, "127.0.0.1:0, [::1]:8080");
    assert_string_equal(settings.api_addresses, "localhost:81");
    assert_string_equal(settings.domain, "https://go.example.com");
    assert_int_equal(settings.workers, 3);
    assert_string_equal(settings.trusted_proxies, "10.0.0.0/8,2001:db8::/32,192.0.2.1");
    assert_string_equal(settings.certificate, "/etc/jalon/with space.pem");
    assert_string_equal(settings.key, "/etc/jalon/key.pem");
    assert_true(settings.is_api_plaintext);
    assert_int_equal(settings.header_timeout_ms, 1500);
    assert_int_equal(settings.body_timeout_ms, 2000);
    assert_int_equal(settings.idle_timeout_ms, 300000);
    assert_string_equal(settings.redis, "redis://u:p@[::1]:7000/2");
    assert_int_equal(settings.sync, SYNC_ALWAYS);
    assert_true(settings.journal_max_bytes == (uint64_t)1 << 30);
    assert_int_equal(settings.when_full, FULL_REDIRECT);
    assert_int_equal(settings.journal_keep_s, 90);
    assert_int_equal(settings.journal_segment_bytes, 65536);
    assert_string_equal(settings.geo_city, "/srv/city.mmdb");
    assert_int_equal(settings.log_level, LOG_DEBUG);
    assert_true(settings.is_log_json);
    assert_int_equal(settings.clerks, 7);
    settings_done(&settings);
}

/* Each is refused with the line and words that say what would do. */
static void test_bad_lines_are_refused_with_their_number(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *words;
    } rows[] = {
        {"public = :1", 1, "before the first [section]"},
        {"[servers]\npublic = 0.0.0.0:1", 1, "no section [servers]"},
        {"\n\n[bogus]\n", 3, "no section [bogus]"},
        {"[server]\npublick = 0.0.0.0:1", 2, "no setting publick"},
        {"[server]\nPublic = 0.0.0.0:1", 2, "no setting Public"},
        {"[log]\npublic = 0.0.0.0:1", 2, "no setting public"},
        {"[server]\npublic", 2, "neither"},
        {"[server\npublic = 0.0.0.0:1", 1, "] is missing"},
        {"[server]\nworkers = 1\n\nworkers = 1", 4, "already, in line 2"},
        {"[server]\nworkers = 1\n[log]\n[server]\nworkers = 2", 5, "already, in line 2"},
        {"[server]\nworkers = 1\n  2", 3, "does not go on"},
        {"[server]\ndomain = https://a\x01.example", 2, "control"},
        {"[server]\npublic = 8080", 2, "address:port"},
        {"[server]\npublic =", 2, "address:port"},
        {"[server]\npublic = 0.0.0.0:", 2, "address:port"},
        {"[server]\npublic = 0.0.0.0:65536", 2, "address:port"},
        {"[server]\npublic = 0.0.0.0:-1", 2, "address:port"},
        {"[server]\npublic = ::1:8080", 2, "address:port"},
        {"[server]\npublic = [::1]8080", 2, "address:port"},
        {"[server]\npublic = [::g]:8080", 2, "address:port"},
        {"[server]\npublic = 0.0.0.0:80,", 2, "address:port"},
        {"[server]\npublic = 0.0.0.0:80,,0.0.0.0:81", 2, "address:port"},
        {"[server]\npublic = http://0.0.0.0:80", 2, "address:port"},
        {"[server]\ndomain = go.example.com", 2, "https://"},
        {"[server]\ndomain = ftp://go.example.com", 2, "https://"},
        {"[server]\ndomain = https://", 2, "https://"},
        {"[server]\ndomain = https:///", 2, "https://"},
        {"[server]\ndomain = https://go.example.com/path", 2, "https://"},
        {"[server]\ndomain = https://go.example.com//", 2, "https://"},
        {"[server]\ndomain = https://go.example.com?x", 2, "https://"},
        {"[server]\ndomain = https://u@go.example.com", 2, "https://"},
        {"[server]\ndomain = https://go.example.com:x", 2, "https://"},
        {"[server]\ndomain = https://go example.com", 2, "https://"},
        {"[server]\nworkers = 0", 2, "from 1 to 256"},
        {"[server]\nworkers = 257", 2, "from 1 to 256"},
        {"[server]\nworkers = -1", 2, "auto or a number"},
        {"[server]\nworkers = 2x", 2, "auto or a number"},
        {"[server]\nworkers = 99999999999999999999", 2, "auto or a number"},
        {"[server]\nworkers = AUTO", 2, "auto or a number"},
        {"[server]\ntrusted_proxies = 10.0.0.0/33", 2, "networks such as"},
        {"[server]\ntrusted_proxies = 10.0.0.1/8", 2, "networks such as"},
        {"[server]\ntrusted_proxies = proxy.example", 2, "networks such as"},
        {"[server]\napi_plaintext = true", 2, "one of no,yes"},
        {"[server]\nheader_timeout = 10x", 2, "a time such as"},
        {"[server]\nheader_timeout = s", 2, "a time such as"},
        {"[server]\nheader_timeout = 1.5s", 2, "a time such as"},
        {"[server]\nheader_timeout = 99", 2, "from 100ms"},
        {"[server]\nheader_timeout = 2h", 2, "to 3600000ms"},
        {"[server]\nheader_timeout = 18446744073709551615d", 2, "a time such as"},
        {"[store]\nredis = mysql://x", 2, "embedded, unix:"},
        {"[store]\nredis =", 2, "embedded, unix:"},
        {"[journal]\nsync = sometimes", 2, "one of none,interval,always"},
        {"[journal]\nsync = ", 2, "one of"},
        {"[journal]\nmax_size = 4X", 2, "a size such as"},
        {"[journal]\nmax_size = G", 2, "a size such as"},
        {"[journal]\nmax_size = 4 G", 2, "a size such as"},
        {"[journal]\nmax_size = 1K", 2, "from 256K"},
        {"[journal]\nmax_size = 18446744073709551615T", 2, "a size such as"},
        {"[journal]\nsegment_size = 100000", 2, "power of two"},
        {"[journal]\nsegment_size = 2G", 2, "to 1048576K"},
        {"[journal]\nkeep = 1500ms", 2, "whole seconds"},
        {"[journal]\nkeep = 0", 2, "from 1s"},
        {"[log]\nlevel = loud", 2, "one of error,warn,info,debug"},
        {"[log]\nformat = xml", 2, "one of text,json"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings settings;
        struct problem problem = {0};
        char where[SCRATCH_PATH + 40];
        scratch_write(file, slice_of_string(rows[i].text));
        if (settings_load(&settings, file, &problem) != JALON_INVALID)
            fail_msg("%s: %s", rows[i].text, "passes");
        (void)snprintf(where, sizeof where, "%s:%u: ", file, rows[i].line); /* fits */
        if (!strstr(problem.detail, where) || !strstr(problem.detail, rows[i].words))
            fail_msg("%s: %s", rows[i].text, problem.detail);
    }
}

static void test_settings_that_do_not_go_together_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"[server]\ncertificate = /c", "server.key"},
        {"[server]\nkey = /k", "server.certificate"},
        {"[journal]\nmax_size = 256K\nsegment_size = 128K", "journal.max_size"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings settings;
        struct problem problem = {0};
        scratch_write(file, slice_of_string(rows[i].text));
        assert_int_equal(settings_load(&settings, file, &problem), JALON_INVALID);
        assert_non_null(strstr(problem.detail, rows[i].words));
    }
}

static void test_a_password_is_never_shown(void **state)
{
    (void)state;
    struct settings settings;
    struct problem problem = {0};
    scratch_write(file, SLICE("[store]\nredis = redis://u:s3cret@h:x"));
    assert_int_equal(settings_load(&settings, file, &problem), JALON_INVALID);
    assert_null(strstr(problem.detail, "s3cret"));
}

static void test_a_line_too_long_is_told_and_goes_on_in_the_next(void **state)
{
    (void)state;
    char text[1024] = "[server]\ntrusted_proxies = 10.0.0.0/8", remark[1024];
    for (int i = 0; i < 20; i++)
        (void)strncat(text, ", 192.0.2.0/24", 20); /* fits */
    struct settings settings;
    struct problem problem = {0};
    scratch_write(file, slice_of_string(text));
    assert_int_equal(settings_load(&settings, file, &problem), JALON_INVALID);
    assert_non_null(strstr(problem.detail, ":2: the line is too long"));
    (void)snprintf(remark, sizeof remark,
                   "[server]\n#%0500d\ntrusted_proxies = 10.0.0.0/8,\n 10.1.0.0/16\n",
                   7); /* fits */
    settings = load(remark);
    assert_string_equal(settings.trusted_proxies, "10.0.0.0/8,10.1.0.0/16");
    settings_done(&settings);
}

static void test_a_file_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    struct settings settings;
    struct problem problem = {0};
    assert_int_equal(settings_load(&settings, file, &problem), JALON_IO);
    assert_non_null(strstr(problem.detail, "jalon init"));
    problem_init(&problem);
    assert_int_equal(settings_load(&settings, folder.path, &problem), JALON_IO);
    assert_non_null(strstr(problem.detail, folder.path));
}

static void test_the_environment_wins_over_the_file(void **state)
{
    (void)state;
    assert_int_equal(setenv("JALON_SERVER_PUBLIC", "127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("JALON_SERVER_WORKERS", "2", 1), 0);
    assert_int_equal(setenv("JALON_JOURNAL_SYNC", "none", 1), 0);
    /* What the environment replaces is not looked at. */
    struct settings settings = load("[server]\npublic = rubbish\n[journal]\nsync = always\n");
    assert_string_equal(settings.public_addresses, "127.0.0.1:1");
    assert_int_equal(settings.workers, 2);
    assert_int_equal(settings.sync, SYNC_NONE);
    settings_done(&settings);
    assert_int_equal(unsetenv("JALON_SERVER_PUBLIC") | unsetenv("JALON_SERVER_WORKERS") |
                         unsetenv("JALON_JOURNAL_SYNC"),
                     0);
}

static void test_bad_variables_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *words;
    } rows[] = {
        {"JALON_SERVER_WORKERS", "many", "JALON_SERVER_WORKERS=many: expected auto or a number"},
        {"JALON_SERVER_WORKERS", "", "JALON_SERVER_WORKERS"},
        {"JALON_SERVER_PUBLICK", "0.0.0.0:1",
         "JALON_SERVER_PUBLICK in the environment is no setting"},
        {"JALON_JOURNAL_", "x", "JALON_JOURNAL_ in the environment"},
        {"JALON_STORE_REDIS", "redis://u:s3cret@h:x", "JALON_STORE_REDIS"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings settings;
        struct problem problem = {0};
        assert_int_equal(setenv(rows[i].name, rows[i].value, 1), 0);
        int err = settings_load(&settings, NULL, &problem);
        assert_int_equal(unsetenv(rows[i].name), 0);
        assert_int_equal(err, JALON_INVALID);
        if (!strstr(problem.detail, rows[i].words) || strstr(problem.detail, "s3cret"))
            fail_msg("%s: %s", rows[i].name, problem.detail);
    }
}

static void test_other_variables_are_left_alone(void **state)
{
    (void)state;
    static const char *const names[] = {
        "JALON_DATA", "JALON_LIB",    "JALON_BIN",       "JALON_BUILD",
        "JALON",      "JALON_SERVER", "JALON_SERVERS_X", "XJALON_SERVER_PUBLICK"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(setenv(names[i], "/x", 1), 0);
    struct settings settings = load("");
    settings_done(&settings);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(unsetenv(names[i]), 0);
}

/* The table describes itself: each default is a value that it takes, by file and by environment. */
static void test_each_default_can_be_written_out(void **state)
{
    (void)state;
    const char *section, *key, *fallback, *help, *last = "";
    char sections[512] = ",";
    for (size_t i = 0; settings_describe(i, &section, &key, &fallback, &help); i++) {
        char text[256], variable[128];
        assert_true(*help && strlen(help) < 190); /* a remark's line in jalond.conf */
        if (strcmp(section, last) != 0) {
            (void)snprintf(text, sizeof text, ",%s,", section); /* fits */
            assert_null(strstr(sections, text)); /* rows of a section stand together */
            size_t size = strlen(sections);
            (void)snprintf(sections + size, sizeof sections - size, "%s,", section); /* fits */
        }
        last = section;
        (void)snprintf(text, sizeof text, "[%s]\n%s = %s\n", section, key, fallback); /* fits */
        struct settings settings = load(text);
        settings_done(&settings);
        (void)snprintf(variable, sizeof variable, "JALON_%s_%s", section, key); /* fits */
        for (char *at = variable; *at; at++)
            *at = (char)toupper((unsigned char)*at);
        assert_int_equal(setenv(variable, fallback, 1), 0);
        settings = load("");
        settings_done(&settings);
        assert_int_equal(unsetenv(variable), 0);
    }
    assert_false(settings_describe(SIZE_MAX, &section, &key, &fallback, &help));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults_are_those_of_the_contract),
        TEST(test_an_empty_file_or_one_of_remarks_changes_nothing),
        TEST(test_values_are_read),
        TEST(test_bad_lines_are_refused_with_their_number),
        TEST(test_settings_that_do_not_go_together_are_refused),
        TEST(test_a_password_is_never_shown),
        TEST(test_a_line_too_long_is_told_and_goes_on_in_the_next),
        TEST(test_a_file_that_cannot_be_read_is_told),
        TEST(test_the_environment_wins_over_the_file),
        TEST(test_bad_variables_are_refused_by_name),
        TEST(test_other_variables_are_left_alone),
        TEST(test_each_default_can_be_written_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
