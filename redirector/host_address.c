#include "redirector/host_address.h"

#include <netdb.h>
#include <sys/socket.h>

int host_address_find(const char *host, char *ret_address, size_t capacity)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return JALON_NOT_FOUND;
    int err = getnameinfo(found->ai_addr, found->ai_addrlen, ret_address, (socklen_t)capacity, NULL,
                          0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return err ? JALON_NOT_FOUND : JALON_OK;
}
