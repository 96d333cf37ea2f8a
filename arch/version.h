/* SPDX-License-Identifier: MIT */
#pragma once

/* "0.1 (a1b2c3d)": release and commit this was built from. */
extern const char version_text[];
