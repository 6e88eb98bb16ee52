#include "core/sign/visitor.h"

#include "core/sign/visitor_file.h"
#include "tests/unit/folder.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define TODAY INT64_C(20421) /* 2025-11-29 */
#define NOON (TODAY * DAY + 12 * HOUR)
#define SECRET "000102030405060708090a0b0c0d0e0f"

static const uint8_t address[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static int setup(void **state)
{
    *state = folder_new();
    return 0;
}

static int teardown(void **state)
{
    folder_remove(*state);
    return 0;
}

static const char *keys_path(void **state)
{
    return folder_file(*state, "visitor.keys");
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void read_text(const char *path, char *ret_text, size_t capacity)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    ret_text[fread(ret_text, 1, capacity - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

static struct visitor_keys *open_at(void **state, int64_t now_ms)
{
    struct visitor_keys *keys = NULL;
    assert_int_equal(visitor_keys_open(&keys, keys_path(state), now_ms), JALON_OK);
    return keys;
}

static uint64_t fingerprint(struct visitor_keys *keys, int64_t at_ms, struct slice agent)
{
    uint64_t value = 0;
    assert_int_equal(visitor_fingerprint(&value, keys, at_ms, address, agent), JALON_OK);
    return value;
}

/* The reference vectors of SipHash-2-4 (vectors_sip64), for messages of 16 and 17 bytes. */
static void test_siphash_reference(void **state)
{
    write_text(keys_path(state), "jalon visitor keys 1\n20421 " SECRET "\n", 0600);
    struct visitor_keys *keys = open_at(state, NOON);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(fingerprint(keys, NOON, SLICE_NONE), UINT64_C(0x3f2acc7f57c29bdb));
        assert_int_equal(fingerprint(keys, NOON, SLICE("\x10")), UINT64_C(0x699ae9f52cbe4794));
    }
    assert_null(visitor_keys_free(keys));
}

static void test_what_tells_visitors_apart(void **state)
{
    struct visitor_keys *keys = open_at(state, NOON);
    uint64_t first = fingerprint(keys, NOON, SLICE("Mozilla/5.0"));
    assert_int_equal(fingerprint(keys, NOON + HOUR, SLICE("Mozilla/5.0")), first);
    assert_int_not_equal(fingerprint(keys, NOON, SLICE("Mozilla/5.1")), first);
    assert_int_not_equal(fingerprint(keys, NOON + DAY, SLICE("Mozilla/5.0")), first);
    uint8_t other[16];
    memcpy(other, address, sizeof other);
    other[15] ^= 1;
    uint64_t value;
    assert_int_equal(visitor_fingerprint(&value, keys, NOON, other, SLICE("Mozilla/5.0")),
                     JALON_OK);
    assert_int_not_equal(value, first);
    assert_null(visitor_keys_free(keys));
}

static void test_days_without_a_key(void **state)
{
    struct visitor_keys *keys = open_at(state, NOON - 1); /* tomorrow's is not yet due */
    uint64_t value = 4711;
    const int64_t times[] = {NOON - DAY, NOON + DAY, -1, INT64_MIN, INT64_MAX, 0};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_int_equal(visitor_fingerprint(&value, keys, times[i], address, SLICE("x")),
                         JALON_NO_KEY);
    assert_int_equal(value, 4711);
    assert_int_equal(visitor_fingerprint(&value, keys, TODAY * DAY, address, SLICE("x")), JALON_OK);
    assert_int_equal(visitor_fingerprint(&value, keys, (TODAY + 1) * DAY - 1, address, SLICE("x")),
                     JALON_OK);
    assert_null(visitor_keys_free(keys));
}

/* Day by day, hour by hour: every moment has its key, it stays the same, and none is kept for 48 h. */
static void test_the_life_of_a_key(void **state)
{
    uint64_t of_day[8] = {0};
    int64_t made_at[8] = {0}, gone_at[8] = {0};
    for (int64_t now = TODAY * DAY; now < (TODAY + 7) * DAY; now += HOUR) {
        struct visitor_keys *keys = open_at(state, now);
        for (int64_t day = TODAY; day < TODAY + 8; day++) {
            uint64_t value;
            size_t at = (size_t)(day - TODAY);
            int err = visitor_fingerprint(&value, keys, day * DAY, address, SLICE("x"));
            assert_true(err == JALON_OK || err == JALON_NO_KEY);
            if (now / DAY == day)
                assert_int_equal(err, JALON_OK);
            if (!err && !made_at[at]) {
                made_at[at] = now;
                of_day[at] = value;
            }
            if (!err)
                assert_int_equal(value, of_day[at]);
            if (err && made_at[at] && !gone_at[at])
                gone_at[at] = now;
        }
        assert_null(visitor_keys_free(keys));
    }
    for (size_t at = 1; at < 6; at++) {
        assert_int_equal(gone_at[at] - made_at[at], 42 * HOUR);
        assert_int_not_equal(of_day[at], of_day[at - 1]);
    }
}

static void test_a_key_that_is_removed_is_overwritten(void **state)
{
    const char *path = keys_path(state), *old = folder_file(*state, "old");
    write_text(path, "jalon visitor keys 1\n20419 " SECRET "\n20421 " SECRET "\n", 0600);
    assert_int_equal(link(path, old), 0); /* holds on to what the name lets go of */
    assert_null(visitor_keys_free(open_at(state, NOON)));
    char text[512];
    read_text(path, text, sizeof text);
    assert_non_null(strstr(text, "20421 " SECRET "\n"));
    assert_null(strstr(text, "20419"));
    read_text(old, text, sizeof text); /* ends at its first NUL: the first byte */
    assert_string_equal(text, "");
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0600);
}

static void test_what_is_due_is_not_rewritten(void **state)
{
    assert_null(visitor_keys_free(open_at(state, NOON)));
    struct stat before, after;
    assert_int_equal(stat(keys_path(state), &before), 0);
    assert_null(visitor_keys_free(open_at(state, NOON + HOUR)));
    assert_int_equal(stat(keys_path(state), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(folder_count(*state), 2); /* the keys and the lock */
}

static void test_a_clock_that_jumped(void **state)
{
    struct visitor_keys *keys = open_at(state, NOON);
    uint64_t today = fingerprint(keys, NOON, SLICE("x"));
    assert_null(visitor_keys_free(keys));
    keys = open_at(state, (TODAY + 1) * DAY + HOUR); /* forth and back over midnight */
    assert_null(visitor_keys_free(keys));
    keys = open_at(state, NOON + 11 * HOUR);
    assert_int_equal(fingerprint(keys, NOON, SLICE("x")), today);
    assert_null(visitor_keys_free(keys));
    assert_null(visitor_keys_free(open_at(state, NOON + 400 * DAY)));
    keys = open_at(state, NOON);
    assert_int_not_equal(fingerprint(keys, NOON, SLICE("x")), today);
    char text[512];
    read_text(keys_path(state), text, sizeof text);
    assert_null(strstr(text, "20821")); /* what the wrong clock made is gone */
    assert_null(visitor_keys_free(keys));
}

static void test_damaged_files(void **state)
{
    static const char *const bad[] = {
        "",
        "jalon visitor keys 2\n",
        "jalon visitor keys 1 \n",
        "jalon visitor keys 1\r\n",
        "jalon visitor keys 1\n20421\n",
        "jalon visitor keys 1\n20421 \n",
        "jalon visitor keys 1\n20421 " SECRET " \n",
        "jalon visitor keys 1\n20421  " SECRET "\n",
        "jalon visitor keys 1\n20421 " SECRET "0\n",
        "jalon visitor keys 1\n20421 000102030405060708090A0B0C0D0E0F\n",
        "jalon visitor keys 1\n-1 " SECRET "\n",
        "jalon visitor keys 1\n99999999999 " SECRET "\n",
        "jalon visitor keys 1\n\n20421 " SECRET "\n",
        "jalon visitor keys 1\n20421 " SECRET "\n20421 " SECRET "\n",
        "jalon visitor keys 1\n20421 " SECRET "\n20420 " SECRET "\n",
        "jalon visitor keys 1\n1 " SECRET "\n2 " SECRET "\n3 " SECRET "\n4 " SECRET "\n5 " SECRET
        "\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(keys_path(state), bad[i], 0600);
        struct visitor_keys *keys = NULL;
        if (visitor_keys_open(&keys, keys_path(state), NOON) != JALON_DAMAGED || keys)
            fail_msg("row %zu", i);
        char text[512];
        read_text(keys_path(state), text, sizeof text);
        assert_string_equal(text, bad[i]); /* for a person to look at */
    }
    static char huge[70000];
    memset(huge, '\n', sizeof huge - 1);
    write_text(keys_path(state), huge, 0600);
    struct visitor_keys *keys = NULL;
    assert_int_equal(visitor_keys_open(&keys, keys_path(state), NOON), JALON_DAMAGED);
}

static void test_files_that_cannot_be_used(void **state)
{
    struct visitor_keys *keys = NULL;
    write_text(keys_path(state), "jalon visitor keys 1\n", 0644);
    assert_int_equal(visitor_keys_open(&keys, keys_path(state), NOON), JALON_KEY_FILE_EXPOSED);
    errno = 0;
    assert_int_equal(visitor_keys_open(&keys, "/nowhere/at/all", NOON), JALON_IO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(visitor_keys_open(&keys, keys_path(state), -1), JALON_BAD_ARGUMENT);
    assert_int_equal(visitor_keys_open(&keys, keys_path(state), INT64_MAX), JALON_BAD_ARGUMENT);
    assert_null(keys);
    assert_null(visitor_keys_free(NULL));
}

/* Redirectors that start at the same moment agree on the key. */
static void test_many_processes_make_one_key(void **state)
{
    enum { PROCESSES = 8 };
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    const char *path = keys_path(state);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child)
            continue;
        struct visitor_keys *keys = NULL;
        uint64_t value = 0;
        int err = visitor_keys_open(&keys, path, NOON);
        if (!err)
            err = visitor_fingerprint(&value, keys, NOON, address, SLICE("x"));
        (void)visitor_keys_free(keys); /* always NULL */
        _exit(err || write(pipes[1], &value, sizeof value) != sizeof value);
    }
    uint64_t first = 0, value = 0;
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(pipes[0], &value, sizeof value), sizeof value);
        if (i == 0)
            first = value;
        assert_int_equal(value, first);
    }
    assert_int_equal(close(pipes[0]) | close(pipes[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_siphash_reference, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_tells_visitors_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_days_without_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_life_of_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_key_that_is_removed_is_overwritten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_due_is_not_rewritten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_clock_that_jumped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_that_cannot_be_used, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_processes_make_one_key, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
