#include "redirector/click_log.h"

#include "redirector/exchange.h"
#include "tests/unit/redirector/data_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NONCES 20000

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static struct click_log *opened(const char *folder, unsigned worker_index)
{
    static const uint64_t keys[2] = {UINT64_C(0xfffffffffffffff0), 12345};
    struct click_log_options options = {
        .journal = {.folder = folder, .segment_bytes = 65536, .max_bytes = 4 * 65536},
        .nonce_keys = keys,
        .worker_index = worker_index};
    struct click_log *log;
    assert_int_equal(click_log_open(&log, &options), JALON_OK);
    return log;
}

/* Over two workers of one process no nonce comes twice, though the sum of key and counter wraps. */
static void test_nonces_differ(void **state)
{
    (void)state;
    char *folder = data_folder_new();
    struct click_log *first = opened(folder, 0), *second = opened(folder, 1023);
    static uint64_t nonces[2 * NONCES];
    for (size_t i = 0; i < NONCES; i++) {
        nonces[2 * i] = click_log_nonce(first);
        nonces[2 * i + 1] = click_log_nonce(second);
    }
    qsort(nonces, 2 * NONCES, sizeof *nonces, by_value);
    for (size_t i = 1; i < 2 * NONCES; i++)
        assert_true(nonces[i - 1] != nonces[i]);
    click_log_free(first);
    click_log_free(second);
    data_folder_remove(folder);
}

static void test_what_is_appended_is_read(void **state)
{
    (void)state;
    char *folder = data_folder_new();
    struct click_log *log = opened(folder, 0);
    struct click_record click = {.link_id = 77, .nonce = 1, .at_ms = 1000, .class = CLICK_HUMAN};
    assert_int_equal(click_log_append_link(log, UINT64_C(0x0102030405060708), SLICE("{}")),
                     JALON_OK);
    assert_int_equal(click_log_append(log, &click), JALON_OK);

    struct journal_reader *reader;
    struct journal_entry entry;
    assert_int_equal(
        journal_reader_open(&reader, folder, journal_incarnation(click_log_journal(log))),
        JALON_OK);
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
    assert_int_equal(entry.kind, JOURNAL_LINK);
    assert_true(slice_is(entry.payload, "\x08\x07\x06\x05\x04\x03\x02\x01{}"));
    assert_int_equal(journal_reader_next(reader, &entry, NULL), JALON_OK);
    assert_int_equal(entry.kind, JOURNAL_CLICK);
    struct click_record read;
    assert_int_equal(click_record_read(&read, entry.payload), JALON_OK);
    assert_int_equal(read.link_id, 77);
    assert_int_equal(read.at_ms, 1000);
    journal_reader_free(reader);
    click_log_free(log);
    data_folder_remove(folder);
}

static void count_finished(struct exchange *exchange, void *context)
{
    (void)exchange;
    ++*(unsigned *)context;
}

/* sync = always: finished when it is on disk, not before, and not twice. */
static void test_waits_for_the_disk(void **state)
{
    (void)state;
    char *folder = data_folder_new();
    struct click_log *log = opened(folder, 0);
    unsigned finished = 0;
    struct buffer out;
    buffer_init(&out, 100);
    struct exchange early = {.out = &out, .finished = count_finished, .context = &finished};
    struct exchange late = early;
    struct click_record click = {.link_id = 1, .at_ms = 1000, .class = CLICK_HUMAN};

    assert_int_equal(click_log_append(log, &click), JALON_OK);
    click_log_wait(log, &early, 5000);
    click_log_resume(log, 4999);
    assert_int_equal(finished, 0);
    assert_int_equal(journal_tend(click_log_journal(log), true, 0, 0, 0), JALON_OK);
    assert_int_equal(click_log_append(log, &click), JALON_OK);
    click_log_wait(log, &late, 6000);
    click_log_resume(log, 4999);
    assert_int_equal(finished, 1);
    assert_true(click_log_has_waiting(log));
    assert_int_equal(buffer_error(&out), JALON_OK);

    click_log_resume(log,
                     6000); /* the disk does not answer: no promise is made that can't be kept */
    assert_int_equal(finished, 2);
    assert_int_equal(buffer_error(&out), JALON_IO);
    assert_false(click_log_has_waiting(log));
    click_log_free(log);
    data_folder_remove(folder);
}

static void test_full(void **state)
{
    (void)state;
    char *folder = data_folder_new();
    struct click_log *log = opened(folder, 0);
    struct click_record click = {.link_id = 1, .at_ms = 1000, .class = CLICK_HUMAN};
    int err = JALON_OK;
    for (unsigned i = 0; err == JALON_OK && i < 1000000; i++)
        err = click_log_append(log, &click); /* nobody tends it: one segment */
    assert_int_equal(err, JALON_FULL);
    assert_int_equal(click_log_append(log, &click), JALON_FULL);
    click_log_free(log);
    data_folder_remove(folder);
}

static void test_refuses_too_many_workers(void **state)
{
    (void)state;
    static const uint64_t keys[2];
    struct click_log_options options = {.nonce_keys = keys, .worker_index = CLICK_LOG_WORKERS_MAX};
    struct click_log *log = NULL;
    assert_int_equal(click_log_open(&log, &options), JALON_BAD_ARGUMENT);
    assert_null(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonces_differ),
        cmocka_unit_test(test_what_is_appended_is_read),
        cmocka_unit_test(test_waits_for_the_disk),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_refuses_too_many_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
