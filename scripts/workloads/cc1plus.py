"""cc1plus, the compiler behind g++, in the middle of a long C++20 file of templates and standard headers."""

from __future__ import annotations

from collections.abc import Iterator

from workloads.room import Program, Room
from workloads.synth import Synth

_CLASSES = 400
_FREEZE_AT = 220  # MiB
_HEADERS = """
algorithm array chrono deque functional future iomanip iostream list map memory numeric optional queue random
ranges regex set sstream string string_view thread tuple unordered_map utility variant vector
"""

_CLASS = """
// {comment}
struct {name} {{
  std::map<std::string, std::vector<{scalar}>> {field};
  std::unordered_map<{scalar}, std::tuple<std::string, double, int>> {other};
  std::variant<int, double, std::string, std::vector<{scalar}>> value;
  template <typename F> auto apply(F f) const {{
    std::vector<decltype(f(std::declval<{scalar}>()))> out;
    for (const auto& [key, list] : {field})
      std::ranges::transform(list | std::views::filter([](auto x) {{ return x > {number}; }}),
                             std::back_inserter(out), f);
    std::sort(out.begin(), out.end());
    return out;
  }}
  std::string describe() const {{
    std::ostringstream text;
    std::visit([&](const auto& v) {{
      if constexpr (std::is_arithmetic_v<std::decay_t<decltype(v)>>) text << std::setw({width}) << v;
      else text << "{message}" << v.size();
    }}, value);
    return text.str() + std::to_string(apply([](auto x) {{ return x * {number} + 1; }}).size());
  }}
}};
int use_{name}(const std::string& argument) {{
  static const std::regex pattern("{pattern}[0-9]+");
  std::shared_ptr<{name}> object = std::make_shared<{name}>();
  object->{field}[argument].push_back({number});
  object->{other}.try_emplace({number}, argument, {number}.5, {width});
  return std::regex_search(argument, pattern) ? static_cast<int>(object->describe().size()) : {number};
}}
"""


def start(room: Room, seed: int) -> int:
    """A compiler that has come as far as _FREEZE_AT; with -g -O2, as packages are built."""
    (room.folder / "shop.cc").write_text("".join(source(Synth(seed), range(_CLASSES))))
    driver = room.start("/usr/bin/g++", "-std=c++20", "-O2", "-g", "-c", "shop.cc", "-o", "shop.o")
    compiler = room.child_named("cc1plus", driver.pid)
    room.freeze_at(compiler, _FREEZE_AT)
    return compiler


def source(synth: Synth, numbers: range) -> Iterator[str]:
    """A file of C++ with a class for each of ``numbers``, which is in its name."""
    yield from (f"#include <{header}>\n" for header in _HEADERS.split())
    for number in numbers:
        words = synth.text(3).lower().strip(".").split()
        yield _CLASS.format(
            comment=synth.prose(2),
            name=f"{words[0]}_{number}",
            field=f"{words[1]}_by_name",
            other=f"{words[2]}_by_number",
            scalar=synth.random.choice(("int", "long", "unsigned", "short", "long long")),
            number=synth.random.randint(1, 999),
            width=synth.random.randint(2, 12),
            message=synth.text(6),
            pattern=words[0],
        )


PROGRAM = Program("cc1plus", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "g++-12", start, by_kernel=True)
