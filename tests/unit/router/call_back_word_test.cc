// SPDX-License-Identifier: Apache-2.0
#include "src/router/call_back_word.h"

#include <gtest/gtest.h>

namespace minsheng::router {
namespace {

TEST(CallBackWord, NumbersAndWordsOfTheChoicesAreUnderstood) {
  for (const auto* text : {"1", "１", "①", "1。", " 1 ", "满意", "非常满意！", "选1", "1满意", "1 满意", "已解决"})
    EXPECT_EQ(ReadOpinion(text), (Opinion{1, 1})) << text;
  for (const auto* text : {"2", "基本满意", "一般"}) EXPECT_EQ(ReadOpinion(text), (Opinion{1, 1})) << text;
  for (const auto* text : {"3", "不满意", "3不满意", "3，树枝没清走", "不满意，来了一次就走了"})
    EXPECT_EQ(ReadOpinion(text), (Opinion{-1, 0})) << text;
  for (const auto* text : {"4", "４", "没解决", "问题没有解决", "4。还是漏水", "没解决\n半夜还在施工"})
    EXPECT_EQ(ReadOpinion(text), (Opinion{0, -1})) << text;
}

TEST(CallBackWord, WhatMayBeANewMatterIsNoAnswer) {
  for (const auto* text :
       {"", "1号楼停水了", "3 号楼电梯坏了", "我对物业不满意请派人来", "1、路灯坏了 2、井盖丢了", "5", "11", "12345",
        "谢谢", "1.5米宽的路堵了", "2满意", "4、路灯 1、井盖", "1，顺便问一下停车费"})
    EXPECT_EQ(ReadOpinion(text), std::nullopt) << text;
  EXPECT_EQ(ReadOpinion(std::string(700, '4')), std::nullopt);
}

}  // namespace
}  // namespace minsheng::router
