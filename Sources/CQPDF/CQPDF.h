// qpdf's C interface as Swift sees it.
#pragma once

#include <qpdf/qpdf-c.h>

// Where the word is in the bytes; NULL where it is not. The C library has it for whoever defines _GNU_SOURCE.
extern void *memmem(const void *bytes, size_t count, const void *word, size_t length);
