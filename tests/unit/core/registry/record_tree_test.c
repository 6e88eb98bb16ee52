/* What the reader of records says is what jansson says, of rows and of records with bytes changed at random. */
#include "core/registry/record_tree.h"

#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void expect_same(const struct record_value *value, const json_t *json);

static void expect_same_text(const struct record_value *value, const json_t *json)
{
    struct buffer text;
    buffer_init(&text, 1U << 16);
    record_text_append(&text, value);
    struct slice expected = slice_of(json_string_value(json), json_string_length(json));
    assert_true(slice_equal(buffer_slice(&text), expected));
    assert_true(text.size <= value->text.size);
    buffer_done(&text);
}

static void expect_same_list(const struct record_value *value, const json_t *json)
{
    assert_int_equal(value->count, json_array_size(json));
    const struct record_value *element = record_first(value);
    for (size_t i = 0; i < value->count; i++, element = record_next(element))
        expect_same(element, json_array_get(json, i));
    assert_ptr_equal(element, record_next(value));
}

static void expect_same_object(const struct record_value *value, const json_t *json)
{
    const char *name;
    json_t *member;
    assert_int_equal(value->count, json_object_size(json));
    json_object_foreach((json_t *)json, name, member)
    {
        const struct record_value *found = record_member(value, name);
        assert_non_null(found);
        expect_same(found, member);
    }
    assert_null(record_member(value, "no such member"));
}

static void expect_same(const struct record_value *value, const json_t *json)
{
    switch (value->kind) {
    case RECORD_NULL:
        assert_true(json_is_null(json));
        break;
    case RECORD_FALSE:
        assert_true(json_is_false(json));
        break;
    case RECORD_TRUE:
        assert_true(json_is_true(json));
        break;
    case RECORD_INTEGER:
        assert_true(json_is_integer(json) && value->integer == json_integer_value(json));
        break;
    case RECORD_TEXT:
        expect_same_text(value, json);
        break;
    case RECORD_LIST:
        expect_same_list(value, json);
        break;
    case RECORD_OBJECT:
        expect_same_object(value, json);
    }
}

/* Returns whether both took it. */
static bool compare(struct slice text)
{
    struct record_tree tree;
    json_t *json = json_loadb(text.size ? text.data : "", text.size, JSON_REJECT_DUPLICATES, NULL);
    int err = record_tree_read(&tree, text);
    if (!err) {
        assert_non_null(json);
        expect_same(tree.values, json);
        assert_int_equal(tree.values->span, tree.count);
        record_tree_done(&tree);
    } else {
        assert_int_equal(err, JALON_DAMAGED);
    }
    bool is_taken = json != NULL;
    json_decref(json);
    if (is_taken != (err == JALON_OK))
        print_error("%.*s\n", SLICE_ARG(text));
    assert_int_equal(is_taken, err == JALON_OK);
    return is_taken;
}

static const char *const rows[] = {"{}",
                                   "[]",
                                   " { } ",
                                   "{\"a\":[]}",
                                   "[[],{},[[1]],2]",
                                   "{\"a\":1,\"b\":{\"a\":2},\"c\":[3]}",
                                   "{\"a\":1,\"a\":2}",
                                   "{\"a\":{\"b\":1,\"b\":1}}",
                                   "{\"a\":1,}",
                                   "[1,]",
                                   "[,1]",
                                   "[1 2]",
                                   "{\"a\" : 1 , \"b\"\t:\n2\r}",
                                   "{a:1}",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{1:2}",
                                   "[true,false,null]",
                                   "[tru]",
                                   "[True]",
                                   "[nulll]",
                                   "[truefalse]",
                                   "[0]",
                                   "[-0]",
                                   "[00]",
                                   "[01]",
                                   "[-01]",
                                   "[-]",
                                   "[+1]",
                                   "[.5]",
                                   "[5.]",
                                   "[1e]",
                                   "[1e+]",
                                   "[1.e5]",
                                   "[0x10]",
                                   "[NaN]",
                                   "[9223372036854775807]",
                                   "[9223372036854775808]",
                                   "[-9223372036854775808]",
                                   "[-9223372036854775809]",
                                   "[99999999999999999999999]",
                                   "[\"\"]",
                                   "[\"a",
                                   "[\"a\nb\"]",
                                   "[\"a\tb\"]",
                                   "[\"\x7f\"]",
                                   "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
                                   "[\"\\a\"]",
                                   "[\"\\\"]",
                                   "[\"\\u00e9\"]",
                                   "[\"\\u00E9x\\u20ac\"]",
                                   "[\"\\ud83d\\ude00\"]",
                                   "[\"\\ud83d\"]",
                                   "[\"\\ud83dx\"]",
                                   "[\"\\ud83d\\n\"]",
                                   "[\"\\ud83d\\ud83d\"]",
                                   "[\"\\ude00\"]",
                                   "[\"\\u12\"]",
                                   "[\"\\u12g4\"]",
                                   "[\"\\u0000\"]",
                                   "[\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"]",
                                   "[\"\xc3\xa9\"]",
                                   "[\"\xe2\x82\xac\"]",
                                   "[\"\xf0\x9f\x98\x80\"]",
                                   "[\"\xff\"]",
                                   "[\"\xc3\"]",
                                   "[\"\xc0\x80\"]",
                                   "[\"\xed\xa0\x80\"]",
                                   "[\"\xf4\x90\x80\x80\"]",
                                   "[\"\xe2\x82\"]",
                                   "{\"\xc3\xa9\":1}",
                                   "",
                                   " ",
                                   "[",
                                   "]",
                                   "{",
                                   "}",
                                   "[1]]",
                                   "[1]x",
                                   "[1] \n",
                                   "[1}",
                                   "{\"a\":1]",
                                   "/**/[1]",
                                   "[1]//",
                                   "['a']"};

/* As registry/conversion.c and post.c write them. */
static const char *const records[] = {
    "{\"v\":1,\"order_id\":\"1042\",\"type\":\"sale\",\"amount_minor\":4990,\"currency\":\"EUR\","
    "\"status\":\"approved\",\"occurred_ms\":1795946400000,\"recorded_ms\":1795983929954,"
    "\"clicks\":[{\"id\":\"x_-\",\"verdict\":\"valid\",\"at_ms\":1,\"link\":\"0123456789abcdef\","
    "\"creator\":\"marie\",\"channel\":\"story "
    "\xc3\xa9t\xc3\xa9\"}],\"code\":{\"text\":\"\\u0041\\n\","
    "\"disabled\":true},\"refunds\":[{\"id\":\"r\",\"minor\":-4},{\"id\":\"s\",\"minor\":0}]}",
    "{\"v\":1,\"url\":\"https:\\/\\/a\",\"snapshots\":[{\"likes\":null},{\"likes\":1000},[]]}"};

static void rows_are_read_as_jansson_reads_them(void **state)
{
    (void)state;
    struct guard_page guard = guard_page_new(4096);
    for (size_t i = 0; i < COUNT(rows); i++)
        (void)compare(guard_page_copy(&guard, slice_of_string(rows[i])));
    for (size_t i = 0; i < COUNT(records); i++)
        for (size_t size = 0; size <= strlen(records[i]); size++) {
            struct slice text = slice_of(records[i], size);
            assert_int_equal(compare(guard_page_copy(&guard, text)), size == strlen(records[i]));
        }
    guard_page_free(&guard);
}

static uint32_t next_random(uint64_t *state) /* Knuth's MMIX */
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void changed_records_are_read_as_jansson_reads_them(void **state)
{
    (void)state;
    /* Nothing that makes a fraction or an escaped name: see below. */
    static const char bytes[] = "{}[]\",:/0123456789-+ tfn\n\x01\x80\xc3\xed\xf4";
    uint64_t random = 20261129;
    size_t taken = 0;
    for (int turn = 0; turn < 200000; turn++) {
        char text[1024];
        const char *record = records[turn % (int)COUNT(records)];
        size_t size = strlen(record);
        memcpy(text, record, size);
        for (uint32_t changes = 1 + next_random(&random) % 3; changes; changes--)
            text[next_random(&random) % size] = bytes[next_random(&random) % (sizeof bytes - 1)];
        taken += compare(slice_of(text, size));
    }
    assert_true(taken > 1000);
}

static void what_no_writer_makes_is_refused(void **state)
{
    (void)state;
    struct record_tree tree;
    char text[4096] = "{\"a0\":0";
    static const char *const refused[] = {"{\"\\u0061\":1}", "[1.5]", "[1e5]", "[1E+5]", "[1e-5]"};
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_int_equal(record_tree_read(&tree, slice_of_string(refused[i])), JALON_DAMAGED);
    for (int i = 1; i < 64; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), ",\"a%d\":%d", i, i);
    size_t size = strlen(text);
    memcpy(text + size, "}", 2);
    assert_true(
        compare(slice_of_string(text))); /* 64 members, 65 values: more than are kept near */
    memcpy(text + size, ",\"b\":1}", 8);
    assert_int_equal(record_tree_read(&tree, slice_of_string(text)), JALON_DAMAGED);
    memset(text, '[', 17);
    memset(text + 17, ']', 17);
    assert_true(compare(slice_of(text + 1, 32)));
    assert_int_equal(record_tree_read(&tree, slice_of(text, 34)), JALON_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_as_jansson_reads_them),
        cmocka_unit_test(changed_records_are_read_as_jansson_reads_them),
        cmocka_unit_test(what_no_writer_makes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
