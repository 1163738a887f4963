#include "json/place.h"

namespace holdfast::json {

void append_pointer_step(std::string* pointer, std::string_view name) {
  pointer->push_back('/');
  for (const char c : name) {
    if (c == '~') {
      pointer->append("~0");
    } else if (c == '/') {
      pointer->append("~1");
    } else {
      pointer->push_back(c);
    }
  }
}

std::string Place::pointer() const {
  if (up == nullptr) return {};
  std::string text = up->pointer();
  if (index != kNoIndex) {
    text.push_back('/');
    text.append(std::to_string(index));
  } else {
    append_pointer_step(&text, name);
  }
  return text;
}

}  // namespace holdfast::json
