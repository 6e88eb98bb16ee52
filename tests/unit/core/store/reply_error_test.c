/* The texts are what Redis 7.0 and Valkey 8 send, from their sources and documentation. */
#include "core/store/reply_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_each_error_means_what_to_do_about_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
    } rows[] = {
        {"ERR Function not found", JALON_NOT_FOUND},
        {"LOADING Redis is loading the dataset in memory", JALON_UNAVAILABLE},
        {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
         JALON_UNAVAILABLE},
        {"READONLY You can't write against a read only replica.", JALON_UNAVAILABLE},
        {"OOM command not allowed when used memory > 'maxmemory'.", JALON_UNAVAILABLE},
        {"MISCONF Errors writing to the AOF file: No space left on device", JALON_UNAVAILABLE},
        {"NOREPLICAS Not enough good replicas to write.", JALON_UNAVAILABLE},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
         JALON_UNAVAILABLE},
        {"CLUSTERDOWN The cluster is down", JALON_UNAVAILABLE},
        {"TRYAGAIN Multiple keys request during rehashing of slot", JALON_UNAVAILABLE},
        {"MOVED 3999 127.0.0.1:6381", JALON_UNAVAILABLE},
        {"ASK 3999 127.0.0.1:6381", JALON_UNAVAILABLE},
        {"ERR max number of clients reached", JALON_UNAVAILABLE},
        {"NOAUTH Authentication required.", JALON_INVALID},
        {"WRONGPASS invalid username-password pair or user is disabled.", JALON_INVALID},
        {"NOPERM this user has no permissions to run the 'fcall' command", JALON_INVALID},
        {"ERR DB index is out of range", JALON_INVALID},
        {"ERR unknown command 'FCALL', with args beginning with: 'jalon_ship' ", JALON_UNSUPPORTED},
        {"JALONDAMAGED a stored record has no version", JALON_DAMAGED},
        {"JALONTORN the append-only file was not rewritten since the start", JALON_UNAVAILABLE},
        {"WRONGTYPE Operation against a key holding the wrong kind of value", JALON_BAD_REPLY},
        {"ERR something new", JALON_BAD_REPLY},
        {"err function not found", JALON_BAD_REPLY},
        {"ERR Function", JALON_BAD_REPLY},
        {"LOADINGS", JALON_BAD_REPLY},
        {"", JALON_BAD_REPLY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (reply_error_read(slice_of_string(rows[i].text)) != rows[i].error)
            fail_msg("%s", rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_error_means_what_to_do_about_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
