// liblz4 as Swift sees it: the frame format (lz4_Frame_format.md 1.6.2), which the `lz4` command reads and writes.
#pragma once

#include <lz4frame.h>
