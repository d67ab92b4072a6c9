// libxml2's HTML parser and its XML reader as Swift sees them.
#pragma once

// Its own use of ICU is no concern here, and ICU's headers would meet those that Foundation has.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/xmlreader.h>

// Errors are told by results; nothing is written to standard error.
static inline void cxml_say_nothing(void *data, xmlErrorPtr error) {}
static inline void cxml_be_quiet(void) { xmlSetStructuredErrorFunc(NULL, cxml_say_nothing); }

// `xmlFree` is a variable.
static inline void cxml_free(xmlChar *text) { xmlFree(text); }
