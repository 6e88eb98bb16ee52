/* builtin_file.h - a file of the source tree compiled in, as it is. */
#ifndef BASE_BUILTIN_FILE_H
#define BASE_BUILTIN_FILE_H
#include "core/base/slice.h"

/* Defines struct slice name(void), the file's bytes. The assembler takes them in; builtin_files() of CMakeLists.txt says
 * where the file lies, and rebuilds the source when it changes. */
#define BUILTIN_FILE(name, file)                                                                   \
    struct slice name(void)                                                                        \
    {                                                                                              \
        extern const char builtin_##name[], builtin_##name##_end[];                                \
        uintptr_t start = (uintptr_t)builtin_##name;                                               \
        return slice_of(builtin_##name, (uintptr_t)builtin_##name##_end - start);                  \
    }                                                                                              \
    __asm__(".pushsection .rodata\n"                                                               \
            "builtin_" #name ":\n"                                                                 \
            ".incbin \"" BUILTIN_FOLDER "/" file "\"\n"                                            \
            "builtin_" #name "_end:\n"                                                             \
            ".byte 0\n"                                                                            \
            ".globl builtin_" #name "\n"                                                           \
            ".hidden builtin_" #name "\n"                                                          \
            ".globl builtin_" #name "_end\n"                                                       \
            ".hidden builtin_" #name "_end\n"                                                      \
            ".popsection\n")
#endif
