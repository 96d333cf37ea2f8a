/* SPDX-License-Identifier: MIT */
/* Short forms for the pokes of a declared test. */
#pragma once

#include "tests/scenes/scene.h"

/* One field set to a value. */
#define POKE(place, field, value)                                   \
	{                                                           \
		{                                                   \
			(place), FIELD(field), (value), VALUE_PLAIN \
		}                                                   \
	}

/* Two of them. */
#define POKE_BOTH(place1, field1, value1, place2, field2, value2)      \
	{                                                              \
		{ (place1), FIELD(field1), (value1), VALUE_PLAIN },    \
		{                                                      \
			(place2), FIELD(field2), (value2), VALUE_PLAIN \
		}                                                      \
	}

/* A pointer led to where no memory is. */
#define POKE_TO_NOWHERE(place, field)                             \
	{                                                         \
		{                                                 \
			(place), FIELD(field), 0, VALUE_NO_MEMORY \
		}                                                 \
	}

/* A second-stage entry that gives no permission. */
#define POKE_NO_ACCESS(place)                                \
	{                                                    \
		{ (place), FIELD(SS_R), 0, VALUE_PLAIN },    \
		{                                            \
			(place), FIELD(SS_W), 0, VALUE_PLAIN \
		}                                            \
	}
