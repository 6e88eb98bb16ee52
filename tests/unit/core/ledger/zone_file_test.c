#include "core/ledger/zone_file.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A zone of two types and two transitions, at 100 to +2 h and at 200 back to +1 h, as versions 1 and 2 say it. */
#define COUNTS "\0\0\0\2\0\0\0\2\0\0\0\0\0\0\0\2\0\0\0\2\0\0\0\10"
#define HEADER(version) "TZif" version "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" COUNTS
#define TYPES "\0\0\016\020\0\0\0\0\034\040\1\4"
#define REST                                                                                       \
    "\1\0" TYPES "CET\0CES\0"                                                                      \
    "\0\0"                                                                                         \
    "\0\0"
#define TIMES_4 "\0\0\0\144\0\0\0\310"
#define TIMES_8 "\0\0\0\0\0\0\0\144\0\0\0\0\0\0\0\310"
#define RULE "\nCET-1CEST,M3.5.0,M10.5.0/3\n"
#define VERSION_1 HEADER("\0") TIMES_4 REST
#define VERSION_2 HEADER("2") TIMES_4 REST HEADER("2") TIMES_8 REST RULE

static struct guard_page guard;
static struct zone_table table; /* 64 KiB */

static int read_bytes(const char *bytes, size_t size)
{
    return zone_file_read(&table, guard_page_copy(&guard, slice_of(bytes, size)));
}

static void both_versions_are_read(void **state)
{
    (void)state;
    assert_int_equal(read_bytes(VERSION_1, sizeof VERSION_1 - 1), JALON_OK);
    assert_false(table.has_rule);
    assert_int_equal(table.count, 2);
    assert_int_equal(read_bytes(VERSION_2, sizeof VERSION_2 - 1), JALON_OK);
    assert_true(table.has_rule);
    assert_int_equal(table.rule.daylight_s, 7200);
    assert_int_equal(table.first_offset_s, 3600);
    assert_int_equal(table.count, 2);
    assert_int_equal(table.transitions[0].at_s, 100);
    assert_int_equal(table.transitions[0].offset_s, 7200);
    assert_int_equal(table.transitions[1].at_s, 200);
    assert_int_equal(table.transitions[1].offset_s, 3600);
}

static void each_shorter_file_is_damaged(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof VERSION_1 - 1; size++)
        assert_int_equal(read_bytes(VERSION_1, size), JALON_DAMAGED);
    for (size_t size = 0; size < sizeof VERSION_2 - 1; size++)
        assert_int_equal(read_bytes(VERSION_2, size), JALON_DAMAGED);
}

static void hostile_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* where VERSION_1 is changed */
        char byte;
        int error;
    } rows[] = {
        {0, 't', JALON_DAMAGED},                            /* magic */
        {4, '1', JALON_DAMAGED},                            /* no such version */
        {4, '2', JALON_DAMAGED},                            /* no second block */
        {23, 1, JALON_DAMAGED},                             /* UT indicators for one of two types */
        {27, 1, JALON_DAMAGED},                             /* standard indicators likewise */
        {31, 1, JALON_DAMAGED},                             /* a leap second that is not there */
        {32, 127, JALON_DAMAGED},                           /* 2 billion transitions */
        {32, -1, JALON_DAMAGED},  {34, 64, JALON_DAMAGED},  /* 16 386 */
        {39, 0, JALON_DAMAGED},                             /* no type */
        {36, -1, JALON_DAMAGED},                            /* 4 billion types */
        {43, 0, JALON_DAMAGED},                             /* no names */
        {40, -1, JALON_DAMAGED},                            /* 4 GiB of names */
        {28, -1, JALON_DAMAGED},                            /* 4 billion leap seconds */
        {52, 2, JALON_DAMAGED},                             /* a third type */
        {53, -1, JALON_DAMAGED},  {47, -56, JALON_DAMAGED}, /* both transitions at 200 */
        {44, 1, JALON_DAMAGED},                             /* the first after the second */
        {54, 1, JALON_DAMAGED},                             /* +194 days east */
        {54, -1, JALON_DAMAGED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bytes[] = VERSION_1;
        bytes[rows[i].at] = rows[i].byte;
        if (read_bytes(bytes, sizeof bytes - 1) != rows[i].error)
            fail_msg("row %zu", i);
    }
    static const char leap[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\4"
                               "\0\0\0\0\0\0UTC\0"
                               "\4\262\130\0\0\0\0\1";
    assert_int_equal(read_bytes(leap, sizeof leap - 1), JALON_UNSUPPORTED);
}

static void the_footer_must_be_whole(void **state)
{
    (void)state;
    static const struct {
        const char *footer;
        int error;
    } rows[] = {
        {"\n\n", JALON_OK},
        {"\nCET-1\n", JALON_OK},
        {"\n", JALON_DAMAGED},
        {"CET-1\n", JALON_DAMAGED},
        {"\nCET-1", JALON_DAMAGED},
        {"\nCET\n", JALON_DAMAGED},
        {" \nCET-1\n", JALON_DAMAGED},
        {"\nCET-1CEST\n", JALON_DAMAGED},
    };
    static const char head[] = HEADER("3") TIMES_4 REST HEADER("3") TIMES_8 REST;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bytes[sizeof head + 32];
        size_t size = strlen(rows[i].footer);
        memcpy(bytes, head, sizeof head - 1);
        memcpy(bytes + sizeof head - 1, rows[i].footer, size);
        if (read_bytes(bytes, sizeof head - 1 + size) != rows[i].error)
            fail_msg("row %zu", i);
    }
    static const char two_versions[] = HEADER("2") TIMES_4 REST HEADER("3") TIMES_8 REST "\n\n";
    assert_int_equal(read_bytes(two_versions, sizeof two_versions - 1), JALON_DAMAGED);
}

/* Whatever a byte is changed to, what is read is within bounds, or nothing is. */
static void no_changed_byte_breaks_it(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof VERSION_2 - 1; at++) {
        for (int byte = 0; byte < 256; byte += 5) {
            char bytes[] = VERSION_2;
            bytes[at] = (char)byte;
            if (read_bytes(bytes, sizeof bytes - 1) != JALON_OK)
                continue;
            assert_in_range(table.count, 0, ZONE_TRANSITIONS_MAX);
            for (size_t i = 0; i < table.count; i++)
                assert_in_range(table.transitions[i].offset_s + 90000, 0, 190000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_are_read),    cmocka_unit_test(each_shorter_file_is_damaged),
        cmocka_unit_test(hostile_files_are_refused), cmocka_unit_test(the_footer_must_be_whole),
        cmocka_unit_test(no_changed_byte_breaks_it),
    };
    guard = guard_page_new(sizeof VERSION_2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
