#include "core/sign/key_ring.h"

#include "core/sign/ring.h"
#include "core/sign/secret_file.h"

#include <openssl/crypto.h>
#include <stdlib.h>

int jalon_keys_open(jalon_keys **ret_keys, const char *path)
{
    if (!ret_keys || !path)
        return JALON_BAD_ARGUMENT;
    char *text = malloc(SECRET_FILE_SIZE_MAX);
    if (!text)
        return JALON_NO_MEMORY;
    size_t size;
    int err = secret_file_read(text, &size, path);
    if (!err)
        err = jalon_keys_parse(ret_keys, text, size);
    OPENSSL_cleanse(text, SECRET_FILE_SIZE_MAX);
    free(text);
    return err == JALON_TOO_LONG ? JALON_BAD_KEY_FILE : err;
}

int key_ring_save(const jalon_keys *keys, const char *path)
{
    char text[RING_TEXT_MAX];
    struct buffer out;
    buffer_over(&out, text, sizeof text);
    key_ring_write(&out, keys);
    int err = buffer_error(&out);
    if (!err)
        err = secret_file_replace(path, buffer_slice(&out));
    OPENSSL_cleanse(text, sizeof text);
    return err;
}
