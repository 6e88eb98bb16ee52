/* Feeds the reader of takeover messages arbitrary bytes, of which the first is the number of descriptors that come with
 * them. What it takes, written anew, has to be the same bytes, but for the version. */
#include "redirector/takeover_message.h"

#include "redirector/exchange.h"

#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(truth)                                                                             \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "not so: %s\n", #truth);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define VERSION_AT 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > TAKEOVER_MESSAGE_MAX)
        return 0;
    struct takeover_message message;
    struct slice bytes = slice_of(data + 1, size - 1);
    if (takeover_message_read(&message, bytes, data[0]) != JALON_OK)
        return 0;
    REQUIRE(message.count <= TAKEOVER_FDS_MAX && message.count <= message.total);
    for (unsigned i = 0; i < message.count; i++)
        REQUIRE(message.socket_kinds[i] <= LISTENER_API);
    char memory[TAKEOVER_MESSAGE_MAX];
    struct buffer again;
    buffer_over(&again, memory, sizeof memory);
    takeover_message_write(&again, &message);
    REQUIRE(again.size == bytes.size);
    memory[VERSION_AT] = bytes.data[VERSION_AT];
    REQUIRE(memcmp(memory, bytes.data, bytes.size) == 0);
    return 0;
}
