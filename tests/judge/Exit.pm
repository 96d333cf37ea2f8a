# SPDX-License-Identifier: MIT
# How a run ends: the numbers and words of arch/exit.def, which the kernel is built from.
package Exit;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(status_of qemu_status_of words_of exit_names name_of_words);

my (@names, %status, %qemu_status, %words);

sub load {
	my $path = (__FILE__ =~ m{^(.*)/} ? $1 : '.') . '/../../arch/exit.def';
	open my $file, '<', $path or die "$path: $!\n";
	while (<$file>) {
		/^EXIT\((\w+), (\d+), (\d+), "([A-Z ]+)"\)/ or next;
		push @names, $1;
		($status{$1}, $qemu_status{$1}, $words{$1}) = ($2, $3, $4);
	}
	@names or die "$path: no line EXIT(...)\n";
}
load();

sub exit_names { return @names }
sub known { my ($name) = @_; exists $status{$name} or die "no way to end is called $name\n"; return $name }

# What run.sh ends with.
sub status_of { return $status{ known($_[0]) } }

# What QEMU ends with if the kernel itself said so.
sub qemu_status_of { return $qemu_status{ known($_[0]) } }

# What the verdict line says.
sub words_of { return $words{ known($_[0]) } }

# The name of the words of a verdict line, undef if they are none.
sub name_of_words { my ($text) = @_; return (grep { $words{$_} eq $text } @names)[0] }

1;
