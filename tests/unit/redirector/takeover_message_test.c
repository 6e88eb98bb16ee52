#include "redirector/takeover_message.h"

#include "redirector/exchange.h"
#include "tests/unit/guard_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD "JLTK\x01"

static struct guard_page guard;

static int read_bytes(struct takeover_message *ret_message, struct slice bytes, size_t fd_count)
{
    return takeover_message_read(ret_message, guard_page_copy(&guard, bytes), fd_count);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const struct {
        struct takeover_message message;
        size_t fd_count;
    } rows[] = {
        {{.kind = TAKEOVER_HELLO}, 0},
        {{.kind = TAKEOVER_SOCKETS, .total = 1, .count = 1}, 1},
        {{.kind = TAKEOVER_SOCKETS,
          .has_store = true,
          .total = 300,
          .count = 3,
          .socket_kinds = {LISTENER_PUBLIC, LISTENER_API, LISTENER_PUBLIC}},
         3},
        {{.kind = TAKEOVER_SOCKETS, .total = TAKEOVER_SOCKETS_MAX, .count = TAKEOVER_FDS_MAX},
         TAKEOVER_FDS_MAX},
        {{.kind = TAKEOVER_READY, .has_store = true}, 0},
        {{.kind = TAKEOVER_READY}, 0},
        {{.kind = TAKEOVER_HANDOVER, .has_store = true}, 1},
        {{.kind = TAKEOVER_SERVING}, 0},
        {{.kind = TAKEOVER_DONE}, 0},
        {{.kind = TAKEOVER_REFUSED, .text = "another one is at it \xe2\x80\x94 wait"}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct takeover_message *message = &rows[i].message;
        char memory[TAKEOVER_MESSAGE_MAX];
        struct buffer bytes;
        buffer_over(&bytes, memory, sizeof memory);
        takeover_message_write(&bytes, message);
        assert_int_equal(buffer_error(&bytes), JALON_OK);

        struct takeover_message back;
        assert_int_equal(read_bytes(&back, buffer_slice(&bytes), rows[i].fd_count), JALON_OK);
        assert_memory_equal(&back, message, sizeof back);
        assert_int_equal(read_bytes(&back, buffer_slice(&bytes), rows[i].fd_count + 1),
                         JALON_MALFORMED);
        /* Every beginning of it is none, and neither is more than it; a text has many beginnings. */
        for (size_t size = 0; size < bytes.size; size++)
            if (message->kind != TAKEOVER_REFUSED || size < 7)
                assert_int_equal(read_bytes(&back, slice_of(memory, size), rows[i].fd_count),
                                 JALON_MALFORMED);
        memory[bytes.size] = 0;
        assert_int_equal(read_bytes(&back, slice_of(memory, bytes.size + 1), rows[i].fd_count),
                         JALON_MALFORMED);
    }
}

static void hostile_messages_are_refused(void **state)
{
    (void)state;
    char long_text[6 + TAKEOVER_TEXT_MAX] = HEAD "\x07";
    memset(long_text + 6, 'x', TAKEOVER_TEXT_MAX);
    const struct {
        const char *name;
        struct slice bytes;
        size_t fd_count;
        int error;
    } rows[] = {
        {"nothing", SLICE(""), 0, JALON_MALFORMED},
        {"a stranger's words", SLICE("GET / HTTP/1.1\r\n\r\n"), 0, JALON_MALFORMED},
        {"another case", SLICE("jltk\x01\x01"), 0, JALON_MALFORMED},
        {"no kind", SLICE(HEAD), 0, JALON_MALFORMED},
        {"kind 0", SLICE(HEAD "\x00"), 0, JALON_MALFORMED},
        {"kind 8", SLICE(HEAD "\x08"), 0, JALON_MALFORMED},
        {"kind 255", SLICE(HEAD "\xff"), 0, JALON_MALFORMED},
        {"version 0", SLICE("JLTK\x00\x01"), 0, JALON_UNSUPPORTED},
        {"version 2", SLICE("JLTK\x02\x01"), 0, JALON_UNSUPPORTED},
        {"version 2 with more than we know", SLICE("JLTK\x02\x02\x01\x02\x03"), 0,
         JALON_UNSUPPORTED},
        {"a no of version 2", SLICE("JLTK\x02\x07no"), 0, JALON_OK},
        {"a hello with a descriptor", SLICE(HEAD "\x01"), 1, JALON_MALFORMED},
        {"a hello with a tail", SLICE(HEAD "\x01\x01"), 0, JALON_MALFORMED},
        {"no sockets", SLICE(HEAD "\x02\x00\x00\x00\x00"), 0, JALON_MALFORMED},
        {"no total", SLICE(HEAD "\x02\x00\x00\x00\x01\x00"), 1, JALON_MALFORMED},
        {"more than the total", SLICE(HEAD "\x02\x00\x01\x00\x02\x00\x00"), 2, JALON_MALFORMED},
        {"a total that is too large", SLICE(HEAD "\x02\x00\x01\x40\x01\x00"), 1, JALON_MALFORMED},
        {"fewer descriptors than said", SLICE(HEAD "\x02\x00\x02\x00\x02\x00\x00"), 1,
         JALON_MALFORMED},
        {"more descriptors than said", SLICE(HEAD "\x02\x00\x02\x00\x02\x00\x00"), 3,
         JALON_MALFORMED},
        {"fewer kinds than said", SLICE(HEAD "\x02\x00\x02\x00\x02\x00"), 2, JALON_MALFORMED},
        {"more kinds than said", SLICE(HEAD "\x02\x00\x02\x00\x02\x00\x00\x00"), 2,
         JALON_MALFORMED},
        {"a listener that there is none of", SLICE(HEAD "\x02\x00\x01\x00\x01\x02"), 1,
         JALON_MALFORMED},
        {"a listener below zero", SLICE(HEAD "\x02\x00\x01\x00\x01\xff"), 1, JALON_MALFORMED},
        {"a store that is 2", SLICE(HEAD "\x02\x02\x01\x00\x01\x00"), 1, JALON_MALFORMED},
        {"ready for a store that is 2", SLICE(HEAD "\x03\x02"), 0, JALON_MALFORMED},
        {"ready with a descriptor", SLICE(HEAD "\x03\x01"), 1, JALON_MALFORMED},
        {"a handover without the lock", SLICE(HEAD "\x04\x01"), 0, JALON_MALFORMED},
        {"a handover with two", SLICE(HEAD "\x04\x01"), 2, JALON_MALFORMED},
        {"serving with a tail", SLICE(HEAD "\x05\x00"), 0, JALON_MALFORMED},
        {"done with a descriptor", SLICE(HEAD "\x06"), 1, JALON_MALFORMED},
        {"a no without a reason", SLICE(HEAD "\x07"), 0, JALON_MALFORMED},
        {"a no that would change the terminal", SLICE(HEAD "\x07\x1b[2J"), 0, JALON_MALFORMED},
        {"a no of two lines",
         SLICE(HEAD "\x07"
                    "a\nb"),
         0, JALON_MALFORMED},
        {"a no with a NUL",
         SLICE(HEAD "\x07"
                    "a\0b"),
         0, JALON_MALFORMED},
        {"a no that is no UTF-8", SLICE(HEAD "\x07\xc0\xaf"), 0, JALON_MALFORMED},
        {"a no that is too long", slice_of(long_text, sizeof long_text), 0, JALON_MALFORMED},
        {"the longest no", slice_of(long_text, sizeof long_text - 1), 0, JALON_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct takeover_message message, untouched;
        memset(&message, 0xa5, sizeof message);
        untouched = message;
        int err = read_bytes(&message, rows[i].bytes, rows[i].fd_count);
        if (err != rows[i].error)
            fail_msg("%s: %s", rows[i].name, jalon_error_name(err));
        if (err)
            assert_memory_equal(&message, &untouched, sizeof message);
    }
}

static int open_guard(void **state)
{
    (void)state;
    guard = guard_page_new(TAKEOVER_MESSAGE_MAX);
    return 0;
}

static int close_guard(void **state)
{
    (void)state;
    guard_page_free(&guard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(hostile_messages_are_refused),
    };
    return cmocka_run_group_tests(tests, open_guard, close_guard);
}
