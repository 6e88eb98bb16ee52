#include "core/sign/slug.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_slugs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {
        {"a", true},
        {"spring-trail", true},
        {"-", true},
        {"0123456789-abcdefghijklmnopqrstuvwxyz", true},
        {"", false},
        {"Spring", false},
        {"spring trail", false},
        {"spring_trail", false},
        {"spring.trail", false},
        {"spring/trail", false},
        {"caf\xc3\xa9", false},
        {"a\n", false},
        {"`", false}, /* the neighbours of the letters and digits */
        {"{", false},
        {":", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(slug_is_valid(slice_of_string(rows[i].text)), rows[i].is_valid);
    char text[65];
    memset(text, 'x', sizeof text);
    assert_true(slug_is_valid(slice_of(text, 64)));
    assert_false(slug_is_valid(slice_of(text, 65)));
    assert_false(slug_is_valid(slice_of("a\0b", 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slugs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
