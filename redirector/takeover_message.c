/* A message is one packet:
 *
 *     "JLTK", version (1 byte), kind (1 byte), then by kind:
 *     SOCKETS    has_store (0 or 1), total (2 bytes, little-endian), count (1), count bytes of kinds; count descriptors
 *     READY      has_store
 *     HANDOVER   has_store; one descriptor
 *     REFUSED    1 to 255 bytes of UTF-8 without controls; the same in every version
 *     HELLO, SERVING, DONE   nothing
 *
 * Nothing may be missing and nothing may follow. */
#include "redirector/takeover_message.h"

#include "redirector/exchange.h"

static const struct slice magic = SLICE_INIT("JLTK");

void takeover_message_write(struct buffer *out, const struct takeover_message *message)
{
    buffer_append(out, magic);
    buffer_append_byte(out, TAKEOVER_VERSION);
    buffer_append_byte(out, (char)message->kind);
    if (message->kind == TAKEOVER_SOCKETS || message->kind == TAKEOVER_READY ||
        message->kind == TAKEOVER_HANDOVER)
        buffer_append_byte(out, message->has_store ? 1 : 0);
    if (message->kind == TAKEOVER_SOCKETS) {
        buffer_append_byte(out, (char)(message->total & 0xff));
        buffer_append_byte(out, (char)(message->total >> 8));
        buffer_append_byte(out, (char)message->count);
        buffer_append(out, slice_of(message->socket_kinds, message->count));
    }
    if (message->kind == TAKEOVER_REFUSED)
        buffer_append_string(out, message->text);
}

static uint8_t take_byte(struct slice *rest)
{
    uint8_t byte = rest->size ? (uint8_t)rest->data[0] : 0;
    *rest = slice_from(*rest, 1);
    return byte;
}

static int read_store(struct takeover_message *message, struct slice *rest)
{
    if (rest->size == 0)
        return JALON_MALFORMED;
    uint8_t byte = take_byte(rest);
    message->has_store = byte == 1;
    return byte <= 1 ? JALON_OK : JALON_MALFORMED;
}

static int read_sockets(struct takeover_message *message, struct slice *rest, size_t fd_count)
{
    int err = read_store(message, rest);
    if (err || rest->size < 3)
        return JALON_MALFORMED;
    message->total = take_byte(rest);
    message->total |= (unsigned)take_byte(rest) << 8;
    message->count = take_byte(rest);
    if (message->count == 0 || message->count > TAKEOVER_FDS_MAX || message->count != fd_count ||
        message->count > message->total || message->total > TAKEOVER_SOCKETS_MAX ||
        rest->size != message->count)
        return JALON_MALFORMED;
    for (unsigned i = 0; i < message->count; i++) {
        message->socket_kinds[i] = take_byte(rest);
        if (message->socket_kinds[i] > LISTENER_API)
            return JALON_MALFORMED;
    }
    return JALON_OK;
}

static int read_text(struct takeover_message *message, struct slice *rest)
{
    if (rest->size == 0 || slice_has_control(*rest) || !slice_is_utf8(*rest) ||
        slice_to_string(message->text, sizeof message->text, *rest) != JALON_OK)
        return JALON_MALFORMED;
    *rest = SLICE_NONE;
    return JALON_OK;
}

static int read_body(struct takeover_message *message, struct slice *rest, size_t fd_count)
{
    switch (message->kind) {
    case TAKEOVER_SOCKETS:
        return read_sockets(message, rest, fd_count);
    case TAKEOVER_HANDOVER:
        return fd_count == 1 ? read_store(message, rest) : JALON_MALFORMED;
    case TAKEOVER_READY:
        return fd_count == 0 ? read_store(message, rest) : JALON_MALFORMED;
    case TAKEOVER_REFUSED:
        return fd_count == 0 ? read_text(message, rest) : JALON_MALFORMED;
    case TAKEOVER_HELLO:
    case TAKEOVER_SERVING:
    case TAKEOVER_DONE:
        return fd_count == 0 ? JALON_OK : JALON_MALFORMED;
    }
    return JALON_MALFORMED;
}

int takeover_message_read(struct takeover_message *ret_message, struct slice bytes, size_t fd_count)
{
    struct takeover_message message = {0};
    if (!slice_starts(bytes, magic) || bytes.size < magic.size + 2)
        return JALON_MALFORMED;
    struct slice rest = slice_from(bytes, magic.size);
    uint8_t version = take_byte(&rest);
    message.kind = (enum takeover_kind)take_byte(&rest);
    if (version != TAKEOVER_VERSION && message.kind != TAKEOVER_REFUSED)
        return JALON_UNSUPPORTED;
    int err = read_body(&message, &rest, fd_count);
    if (err)
        return err;
    if (rest.size != 0)
        return JALON_MALFORMED;
    *ret_message = message;
    return JALON_OK;
}
