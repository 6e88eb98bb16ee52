/* host_address.h - the numeric address of a host's name. Waits for DNS: not for workers. */
#ifndef REDIRECTOR_HOST_ADDRESS_H
#define REDIRECTOR_HOST_ADDRESS_H
#include "core/base/error.h"

#include <stddef.h>

/* The first that the resolver gives, IPv4 or IPv6. JALON_NOT_FOUND: none just now, or longer than `capacity`. */
CHECKED int host_address_find(const char *host, char *ret_address, size_t capacity);
#endif
