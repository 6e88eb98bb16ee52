#include "core/base/buffer.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <wchar.h>

static void test_grows_to_its_maximum(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    for (int i = 0; i < 1000; i++)
        buffer_append_byte(&buffer, (char)('a' + i % 26));
    assert_int_equal(buffer_error(&buffer), JALON_OK);
    assert_int_equal(buffer.size, 1000);
    assert_int_equal(buffer.data[999], 'a' + 999 % 26);
    assert_true(buffer.capacity <= 1000);
    buffer_append_byte(&buffer, 'x');
    assert_int_equal(buffer_error(&buffer), JALON_FULL);
    assert_int_equal(buffer.size, 1000);
    buffer_done(&buffer);
    assert_null(buffer.data);
}

static void test_remembers_its_overflow(void **state)
{
    (void)state;
    char memory[8];
    struct buffer buffer;
    buffer_over(&buffer, memory, sizeof memory);
    buffer_append_string(&buffer, "1234567");
    buffer_append_string(&buffer, "89");
    buffer_append_byte(&buffer, 'x'); /* it would fit, but comes after a loss */
    assert_int_equal(buffer_error(&buffer), JALON_FULL);
    assert_true(slice_is(buffer_slice(&buffer), "1234567"));
    assert_null(buffer_string(&buffer));
    assert_null(buffer_reserve(&buffer, 0));
    buffer_clear(&buffer);
    assert_int_equal(buffer_error(&buffer), JALON_OK);
    buffer_append_string(&buffer, "12345678");
    assert_int_equal(buffer_error(&buffer), JALON_OK);
    assert_true(buffer.data == memory);
    buffer_done(&buffer);
}

static void test_empty(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 16);
    buffer_append(&buffer, SLICE_NONE);
    buffer_append_string(&buffer, NULL);
    buffer_drop_front(&buffer, 5);
    assert_int_equal(buffer.size, 0);
    assert_non_null(buffer_reserve(&buffer, 0));
    assert_string_equal(buffer_string(&buffer), "");
    buffer_done(&buffer);
    buffer_init(&buffer, 0);
    assert_null(buffer_reserve(&buffer, 0));
    assert_int_equal(buffer_error(&buffer), JALON_OK);
    buffer_append_byte(&buffer, 'x');
    assert_int_equal(buffer_error(&buffer), JALON_FULL);
    buffer_done(&buffer);
    struct buffer zeroed = {0};
    buffer_done(&zeroed);
}

static void test_numbers(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_append_u64(&buffer, 0);
    buffer_append_byte(&buffer, ' ');
    buffer_append_u64(&buffer, UINT64_MAX);
    buffer_printf(&buffer, " %d%s", -5, "x");
    assert_string_equal(buffer_string(&buffer), "0 18446744073709551615 -5x");
    buffer_done(&buffer);
}

static void test_printf_needs_room_for_its_nul(void **state)
{
    (void)state;
    char memory[4];
    struct buffer buffer;
    buffer_over(&buffer, memory, sizeof memory);
    buffer_printf(&buffer, "%s", "1234");
    assert_int_equal(buffer_error(&buffer), JALON_FULL);
    assert_int_equal(buffer.size, 0);
    buffer_clear(&buffer);
    buffer_printf(&buffer, "%s", "123");
    assert_string_equal(buffer_string(&buffer), "123");
}

static void test_printf_that_fails_is_an_error(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_printf(&buffer, "%ls", L"\xd800"); /* no character of any encoding */
    assert_int_equal(buffer_error(&buffer), JALON_FULL);
    buffer_done(&buffer);
}

static void test_reserve_and_drop(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 600);
    char *at = buffer_reserve(&buffer, 300);
    assert_non_null(at);
    memset(at, 'a', 300);
    at[299] = 'z';
    buffer_grew(&buffer, 300);
    buffer_drop_front(&buffer, 298);
    assert_true(slice_is(buffer_slice(&buffer), "az"));
    assert_null(buffer_reserve(&buffer, 599));
    assert_int_equal(buffer_error(&buffer), JALON_FULL);
    buffer_drop_front(&buffer, 99);
    assert_int_equal(buffer.size, 0);
    buffer_done(&buffer);
}

static void test_huge_maximum(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    buffer_append_byte(&buffer, 'x');
    assert_int_equal(buffer_error(&buffer), JALON_OK);
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_int_equal(buffer_error(&buffer), JALON_FULL);
    assert_true(slice_is(buffer_slice(&buffer), "x"));
    buffer_done(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_to_its_maximum),
        cmocka_unit_test(test_remembers_its_overflow),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_printf_needs_room_for_its_nul),
        cmocka_unit_test(test_printf_that_fails_is_an_error),
        cmocka_unit_test(test_reserve_and_drop),
        cmocka_unit_test(test_huge_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
