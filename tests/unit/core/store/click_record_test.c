#include "core/store/click_record.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct click_record sample = {
    .link_id = 0x0807060504030201,
    .nonce = 0x1817161514131211,
    .visitor = 0x2827262524232221,
    .at_ms = 0x0000019abcdef012,
    .key_id = 0xddccbbaa,
    .class = 6,
    .reason = 1,
    .device = 2,
    .system = 3,
    .app = 4,
    .network = 5,
    .country = {'F', 'R'},
    .source = SLICE_INIT("t.co"),
};

/* By the layout at the top of click_record.c, by hand. */
static const uint8_t sample_bytes[] = {
    1,    6,    1,    2,    3,    4,    5,    4,    0x01, 0x02, 0x03, 0x04, 0x05,
    0x06, 0x07, 0x08, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x21, 0x22,
    0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x12, 0xf0, 0xde, 0xbc, 0x9a, 0x01, 0x00,
    0x00, 0xaa, 0xbb, 0xcc, 0xdd, 'F',  'R',  't',  '.',  'c',  'o',
};

static void test_the_bytes_are_those_of_the_format(void **state)
{
    (void)state;
    char memory[CLICK_RECORD_MAX];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    click_record_write(&out, &sample);
    assert_int_equal(out.size, sizeof sample_bytes);
    assert_memory_equal(out.data, sample_bytes, sizeof sample_bytes);
}

static void test_what_is_read_is_what_was_written(void **state)
{
    (void)state;
    struct guard_page guard = guard_page_new(CLICK_RECORD_MAX);
    struct click_record click;
    struct slice bytes = guard_page_copy(&guard, slice_of(sample_bytes, sizeof sample_bytes));
    assert_int_equal(click_record_read(&click, bytes), JALON_OK);
    assert_true(click.link_id == sample.link_id && click.nonce == sample.nonce);
    assert_true(click.visitor == sample.visitor && click.at_ms == sample.at_ms);
    assert_int_equal(click.key_id, sample.key_id);
    assert_int_equal(click.class, 6);
    assert_int_equal(click.reason, 1);
    assert_int_equal(click.device, 2);
    assert_int_equal(click.system, 3);
    assert_int_equal(click.app, 4);
    assert_int_equal(click.network, 5);
    assert_memory_equal(click.country, "FR", 2);
    assert_true(slice_is(click.source, "t.co"));
    guard_page_free(&guard);
}

static void test_the_longest_source_fits_and_a_longer_one_is_cut(void **state)
{
    (void)state;
    char memory[CLICK_RECORD_MAX], source[CLICK_SOURCE_MAX + 10];
    memset(source, 's', sizeof source);
    struct click_record click = sample;
    click.source = slice_of(source, sizeof source);
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    click_record_write(&out, &click);
    assert_int_equal(buffer_error(&out), JALON_OK);
    struct click_record read;
    assert_int_equal(click_record_read(&read, buffer_slice(&out)), JALON_OK);
    assert_int_equal(read.source.size, CLICK_SOURCE_MAX);
}

static void test_a_full_buffer_is_told_and_left_as_it_was(void **state)
{
    (void)state;
    char memory[sizeof sample_bytes - 1];
    struct buffer out;
    buffer_over(&out, memory, sizeof memory);
    click_record_write(&out, &sample);
    assert_int_equal(buffer_error(&out), JALON_FULL);
    assert_int_equal(out.size, 0);
}

static void test_every_cut_is_damage(void **state)
{
    (void)state;
    struct guard_page guard = guard_page_new(CLICK_RECORD_MAX);
    for (size_t size = 0; size < sizeof sample_bytes; size++) {
        struct click_record click;
        struct slice bytes = guard_page_copy(&guard, slice_of(sample_bytes, size));
        assert_int_equal(click_record_read(&click, bytes), JALON_DAMAGED);
    }
    guard_page_free(&guard);
}

static void test_bytes_that_are_no_record_are_damage(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        uint8_t byte;
    } rows[] = {
        {"version 0", 0, 0},           {"a later version", 0, 2}, {"class 0", 1, 0},
        {"class past the last", 1, 7}, {"a longer source", 7, 5}, {"a shorter source", 7, 3},
        {"a source of 255", 7, 255},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t bytes[sizeof sample_bytes];
        memcpy(bytes, sample_bytes, sizeof bytes);
        bytes[rows[i].at] = rows[i].byte;
        struct click_record click;
        if (click_record_read(&click, slice_of(bytes, sizeof bytes)) != JALON_DAMAGED)
            fail_msg("%s passes", rows[i].what);
    }
    char oversized[46 + CLICK_SOURCE_MAX + 1] = {1, 6, 0, 0, 0, 0, 0, CLICK_SOURCE_MAX + 1};
    struct click_record click;
    assert_int_equal(click_record_read(&click, slice_of(oversized, sizeof oversized)),
                     JALON_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bytes_are_those_of_the_format),
        cmocka_unit_test(test_what_is_read_is_what_was_written),
        cmocka_unit_test(test_the_longest_source_fits_and_a_longer_one_is_cut),
        cmocka_unit_test(test_a_full_buffer_is_told_and_left_as_it_was),
        cmocka_unit_test(test_every_cut_is_damage),
        cmocka_unit_test(test_bytes_that_are_no_record_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
