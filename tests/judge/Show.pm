# SPDX-License-Identifier: MIT
# A log on its way from the serial line to the user, without what firmware and boot loader wrote before it. On a
# terminal: one line that counts, and lines kept for what is worth reading; folded where it is narrow.
package Show;
use strict;
use warnings;
use Mark;

use constant TERMINAL_SIZE => 0x5413; # the request TIOCGWINSZ

# Shows on standard output; `is_listing`: lists instead of results are to come.
sub new {
	my ($class, %how) = @_;
	$| = 1;
	return bless {
		%how, is_terminal => -t STDOUT, can_move => can_move(\*STDOUT), has_colour => has_colour(\*STDOUT),
		begun => '', has_begun => 0, is_failing => 0, total => '?',
	}, $class;
}

# A terminal whose cursor can be moved.
sub can_move { my ($file) = @_; return -t $file && ($ENV{TERM} // 'dumb') ne 'dumb' }

sub has_colour { my ($file) = @_; return can_move($file) && ($ENV{NO_COLOR} // '') eq '' }

# How many columns a line may fill on a terminal.
sub columns {
	my ($file) = @_;
	my $size = "\0" x 8;
	my $columns = $ENV{COLUMNS} // '';
	$columns = ioctl($file, TERMINAL_SIZE, $size) ? (unpack 'S4', $size)[1] : 0 if $columns !~ /^[1-9]\d+$/;
	return ($columns >= 20 ? $columns : 80) - 1;
}

# Takes what came; a line is shown when it is whole.
sub take {
	my ($self, $bytes) = @_;
	my @lines = split /^/, $self->{begun} . $bytes;
	$self->{begun} = @lines && $lines[-1] !~ /\n\z/ ? pop @lines : '';
	$self->line($_) for @lines;
}

# Nothing more will come.
sub end {
	my ($self) = @_;
	$self->line(delete $self->{begun}) if length $self->{begun};
	print "\r\e[K" if $self->{can_move} && !$self->{is_listing};
}

sub line {
	my ($self, $line) = @_;
	$self->{has_begun} = 1 if $line =~ s/.*(?=TAP version 14)//;
	return if !$self->{has_begun};
	$line =~ s/\r?\n\z//;
	return if $line =~ MARK_LINE; # for the judge
	if (!$self->{is_terminal}) {
		print "$line\n";
	} elsif ($self->{is_listing}) {
		listed($line);
	} else {
		$self->told($line);
	}
}

# A test in a line: its name, what it means, what it needs. Or a deviation: versions, test, what is seen.
sub listed {
	my @columns = split /\t/, $_[0];
	my ($id, $needs, undef, $title) = @columns;
	printf "%-32s %s%s\n", $id, $title, $needs eq '-' ? '' : "  [$needs]" if @columns == 4;
	printf "%-32s %s to %s: %s\n", @columns[5, 0, 1, 7] if @columns == 9;
}

sub told {
	my ($self, $line) = @_;
	if ($line =~ /^ok (\d+) - (.*)/ || $line =~ /^not ok (\d+) - (.*# TODO .*)/) {
		@$self{'is_failing', 'is_well'} = (0, 1);
		printf "\r%.*s\e[K", columns(\*STDOUT), "[$1/$self->{total}] $2" if $self->{can_move};
	} elsif ($line =~ /^not ok /) {
		@$self{'is_failing', 'is_well'} = (1, 0);
		$self->keep($line, 31);
	} elsif ($line =~ /^  /) {
		$self->keep($line) if $self->{is_failing};
	} elsif ($line =~ /^1\.\.(\d+)/) {
		@$self{'is_failing', 'total'} = (0, $1);
	} elsif ($line =~ /^#   / && $self->{is_well}) {
		# an explanation of what is as it should be: in the log
	} elsif ($line !~ /^(?:# verdict: |# end crc32|TAP version)/) {
		@$self{'is_failing', 'is_well'} = (0, 0);
		$self->keep($line);
	}
}

# A line that stays, in a colour if there is one.
sub keep {
	my ($self, $line, $colour) = @_;
	my ($clear, $rest) = $self->{can_move} ? ("\r", "\e[K") : ('', '');
	my $text = join "$rest\n", folded($line, columns(\*STDOUT));
	$text = "\e[${colour}m$text\e[m" if $colour && $self->{has_colour};
	$text =~ s/(![.A-Za-z]\*?)|([BSML]\*?)(?=[ |])/$1 ? "\e[1;31m$1\e[m" : "\e[33m$2\e[m"/ge
		if $self->{has_colour} && $line =~ /^# \S+ +\|(?:[ !][.rBSML][ *]|   )+\|/;
	print "$clear$text$rest\n";
}

# The last line, on standard error: a verdict (its name colours it) in words, and what is to stand beside it.
sub verdict {
	my ($name, $text, $rest) = @_;
	my %colour = (PASS => 32, COULD_NOT_RUN => 33, NOTHING_TESTED => 33);
	my $columns = -t STDERR ? columns(\*STDERR) : 1e9;
	my $join = length("$text   $rest") > $columns ? "\n      " : '   ';
	$text = join "\n", folded($text, $columns);
	$text = "\e[" . ($colour{$name} // 31) . "m$text\e[m" if has_colour(\*STDERR);
	print STDERR "$text$join$rest\n";
}

# A line in pieces of so many columns: broken at blanks, the second and later ones indented.
sub folded {
	my ($line, $columns) = @_;
	my @pieces;
	my $indent = $line =~ /^#/ ? '#     ' : '      ';
	while (length $line > $columns && $line =~ /^(.{20,$columns})(?<! ) +(\S.*)/) {
		push @pieces, $1;
		$line = $indent . $2;
	}
	return (@pieces, $line);
}

1;
