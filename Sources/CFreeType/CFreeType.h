// FreeType as Swift sees it.
#pragma once

#include <ft2build.h>
#include FT_FREETYPE_H
