#include "model/explain.h"

namespace holdfast {

std::string_view name_of(LeftOut why) {
  switch (why) {
    case LeftOut::kNot:
      return "";
    case LeftOut::kUntracked:
      return "untracked";
    case LeftOut::kNotSellable:
      return "not_sellable";
    case LeftOut::kNotInChannel:
      return "not_in_channel";
  }
  return "";
}

}  // namespace holdfast
