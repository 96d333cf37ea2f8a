/* SPDX-License-Identifier: MIT */
/* The deviations that apply to this run: those of the profile's version, and those of the text file. */
#pragma once

#include "tests/engine/known/known.h"

/*
 * The next deviation after number *at that applies (start with 0), with the reason in *why; NULL at
 * the end.
 */
const struct known_deviation *known_entry_next(unsigned int *at, const char **why);

/* Makes the index that known_entry_about() looks into: of all deviations that apply by now. */
void known_index_make(void);

/* The same as known_entry_next(), of those deviations that are about this test alone. */
const struct known_deviation *known_entry_about(const char *id, unsigned int *at, const char **why);

/* Chooses the list and the version; see known_choose(). */
bool known_profile_choose(const char *profile, char *error, size_t error_bytes);

/* Reads the lines of the text file; see known_choose(). */
bool known_file_read(const char *text, char *error, size_t error_bytes);

/* Deviation `i` of the text file, or NULL. */
const struct known_deviation *known_file_entry(unsigned int i);

/* "10.0" as a number that grows with the version; false if it is none. */
bool known_version(const char *text, unsigned int *version);
