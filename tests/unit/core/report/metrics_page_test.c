#include "core/base/buffer.h"
#include "core/report/report.h"
#include "core/report/sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static struct buffer page; /* docs/metrics.md */

static int read_page(void **state)
{
    (void)state;
    FILE *file = fopen(TESTS_FOLDER "/../docs/metrics.md", "r");
    if (!file)
        return -1;
    buffer_init(&page, 1 << 20);
    char *at = buffer_reserve(&page, 1 << 18);
    buffer_grew(&page, at ? fread(at, 1, 1 << 18, file) : 0);
    return fclose(file) || page.size == 0 ? -1 : 0;
}

static int free_page(void **state)
{
    (void)state;
    buffer_done(&page);
    return 0;
}

/* Calls `check` with the first two cells of each row of the table of fields. */
static size_t each_row(void (*check)(struct slice fields, struct slice reports, void *context),
                       void *context)
{
    struct slice rest = buffer_slice(&page);
    bool is_table = false;
    size_t count = 0;
    while (rest.size) {
        struct slice line = slice_take(&rest, '\n');
        if (slice_starts(line, SLICE("| field | reports |")))
            is_table = true;
        else if (!slice_starts(line, SLICE("|")))
            is_table = false;
        if (!is_table || !slice_starts(line, SLICE("| `")))
            continue;
        (void)slice_take(&line, '|');
        struct slice fields = slice_trim(slice_take(&line, '|'));
        check(fields, slice_trim(slice_take(&line, '|')), context);
        count++;
    }
    return count;
}

static bool has_item(struct slice list, struct slice item)
{
    while (list.size)
        if (slice_equal(slice_trim(slice_take(&list, ',')), item))
            return true;
    return false;
}

struct wanted {
    struct slice field, report;
    bool is_found;
};

static void find(struct slice fields, struct slice reports, void *context)
{
    struct wanted *wanted = context;
    wanted->is_found =
        wanted->is_found || (has_item(fields, wanted->field) && has_item(reports, wanted->report));
}

static void each_field_of_a_report_is_on_the_page(void **state)
{
    (void)state;
    for (size_t i = 0; report_name(i); i++) {
        size_t count;
        const struct column *columns = report_columns(i, &count);
        for (size_t j = 0; j < count; j++) {
            char field[64];
            (void)snprintf(field, sizeof field, "`%s`", columns[j].field);
            struct wanted wanted = {slice_of_string(field), slice_of_string(report_name(i)), false};
            assert_true(each_row(find, &wanted) > 0);
            if (!wanted.is_found)
                fail_msg("docs/metrics.md lacks %s of report %s", field, report_name(i));
        }
    }
}

static bool has_field(struct slice report, struct slice field)
{
    for (size_t i = 0; report_name(i); i++) {
        size_t count;
        const struct column *columns = report_columns(i, &count);
        for (size_t j = 0; j < count && slice_is(report, report_name(i)); j++)
            if (slice_is(field, columns[j].field))
                return true;
    }
    return false;
}

static void check_row(struct slice fields, struct slice reports, void *context)
{
    (void)context;
    while (fields.size) {
        struct slice field = slice_trim(slice_take(&fields, ',')), rest = reports;
        field = slice_first(slice_from(field, 1), field.size - 2); /* without the backquotes */
        while (rest.size) {
            struct slice report = slice_trim(slice_take(&rest, ','));
            if (!has_field(report, field))
                fail_msg("docs/metrics.md has %.*s of report %.*s, which there is not",
                         SLICE_ARG(field), SLICE_ARG(report));
        }
    }
}

static void the_page_has_no_other_field(void **state)
{
    (void)state;
    assert_true(each_row(check_row, NULL) > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_of_a_report_is_on_the_page),
        cmocka_unit_test(the_page_has_no_other_field),
    };
    return cmocka_run_group_tests(tests, read_page, free_page);
}
