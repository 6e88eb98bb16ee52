#include "redirector/wire.h"

#include <errno.h>
#include <sys/socket.h>

ssize_t wire_receive(struct wire *wire, void *bytes, size_t size)
{
    if (wire->tls)
        return tls_stream_read(wire->tls, bytes, size);
    return recv(wire->fd, bytes, size, 0);
}

ssize_t wire_send(struct wire *wire, struct slice bytes, bool is_last)
{
    if (wire->tls)
        return tls_stream_write(wire->tls, bytes.data, bytes.size);
    return send(wire->fd, bytes.data, bytes.size, MSG_NOSIGNAL | (is_last ? MSG_MORE : 0));
}

bool wire_is_for_later(ssize_t moved)
{
    return moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

bool wire_holds_bytes(const struct wire *wire)
{
    return wire->tls && tls_stream_holds_bytes(wire->tls);
}
