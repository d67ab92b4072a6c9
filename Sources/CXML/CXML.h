// libxml2's HTML parser as Swift sees it.
#pragma once

// Its own use of ICU is no concern here, and ICU's headers would meet those that Foundation has.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>

// `xmlFree` is a variable.
static inline void cxml_free(xmlChar *text) { xmlFree(text); }
